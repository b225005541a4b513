/** What PyTorch is asked to compute: every objective, and a formula for each function of the language, printed for it. */
import type { CheckedFormula, Vocabulary } from '../../src/formulas/check.ts';
import { printTorch, torchArguments } from '../../src/formulas/torch.ts';
import type { FormulaShape, Setting } from '../../src/formulas/quantities.ts';
import { quantities } from '../../src/formulas/quantities.ts';
import { checkedObjective } from '../../src/objectives/check.ts';
import { objectives } from '../../src/objectives/index.ts';
import { formulaOf, numbersFor, shapeOf, SIZES } from './formula-graph.ts';

/** One formula each way in which printing to Python may go wrong: every function, axes that meet, names, numbers. */
const FORMULAS: [name: string, setting: Setting, text: string][] = [
  ['unary', 'pairs', 'a = exp(logp_w) + expm1(logp_l) + log(-ref_w) + log1p(-ref_l) + log1mexp(logp_w)\nb = sigmoid(logp_w) + log_sigmoid(logp_l) + softplus(logp_w) + tanh(logp_l) + relu(logp_w + 1.5)\nloss = a * b + abs(logp_l + 1) + sign(head_w) * sqrt(-logp_w) - square(logp_l) * stop_grad(logp_w)'],
  ['choices', 'pairs', 'c = clamp(logp_w, -2, -beta) + clamp(beta, logp_l, ref_w) + min(logp_w, -1.5) + max(logp_l, logp_w) + max(0, head_w)\nd = where(logp_w > logp_l, logp_w, 2) + where(head_w, beta, logp_l) + (logp_w <= -1.5) * logp_l + (beta < 1)\nloss = c / d + pow(-logp_w, beta) + pow(2, logp_l) + pow(beta, 2)'],
  ['numbers', 'pairs', 'a = min(beta, 0.2) + max(beta, 1) * abs(-beta) - (beta > 0.1) - where(beta < 3, 1, beta)\nb = exp(beta) + stop_grad(1 - beta) - 1e-7 + 12345678901\nloss = (a - (b - 1)) / (2 / (beta / 3)) * -logp_w'],
  ['python_names', 'pairs', 'lambda = logp_w - ref_w\nF = -lambda\nlogp_w_t = F * 2\nmask_w = logp_w_t - sum_t(logp_w[t])\ntorch = mask_w * beta\nloss = torch'],
  ['tokens', 'pairs', 'r = logp_w[t] - ref_w[t]\na = sum_t(r * logp_w + beta) + mean_t((position_w[t] > 2) * r)\nb = sum_t(kl_l[t] / position_l[t]) - mean_t(where(logp_l[t] > ref_l, 1, logp_l[t])) / len_l\nloss = a * b'],
  ['batch', 'pairs', 'a = (logp_w - mean(logp_w)) / std(logp_w) + softmax(logp_l) * rank(logp_w)\nloss = sort(logp_w) * a + sum(logp_l) * beta + log_sum_exp(logp_w - logp_l)'],
  ['one_number', 'pairs', 'loss = -log_sigmoid(beta * mean(logp_w - logp_l)) * log(mean(len_w))'],
  ['groups', 'groups', 'a = (reward - mean_k(reward)) / (std_k(reward) + 0.0001)\nratio = exp(logp[t] - old[t])\nsurrogate = min(ratio * a, clamp(ratio, 1 - beta, 1 + beta) * a)\nloss = -mean_k(mean_t(surrogate)) + beta * mean_k(sum_t(kl[t]))'],
  ['lists', 'groups', 'a = sum_k(tail_log_sum_exp_k(head) - head) + log_sum_exp_k(logp) * beta\nb = softmax_k(logp) * rank_k(reward) + sort_k(logp) * reward\nloss = a + sum_k(b) + mean(reward) * std(logp) + log_sum_exp(logp) * sum(head)'],
]; // prettier-ignore

export interface TorchCase {
  name: string;
  setting: Setting;
  torch: string;
  /** Names of quantities and masks, then the parameters' numbers, in the order of the function's arguments. */
  quantities: string[];
  parameters: number[];
  /** Quantities through which slopes are taken. */
  trained: string[];
}

export interface TorchSource {
  name: string;
  checked: CheckedFormula;
  numbers: Record<string, number[]>;
}

/** Positions count on where no token stands: PyTorch's slope of 1 / 0 there would be NaN, mask or not. */
function torchNumbers(vocabulary: Vocabulary): Record<string, number[]> {
  const numbers = numbersFor(vocabulary, 21);
  const places = Object.entries(numbers).filter(([name]) => name.startsWith('position'));
  const length = (name: string): number => SIZES[name.includes('_w') ? 't_w' : 't_l'];
  for (const [name, values] of places) numbers[name] = values.map((_, i) => 1 + (i % length(name)));
  return numbers;
}

export function torchSources(): TorchSource[] {
  const own = FORMULAS.map(([name, setting, text]): [string, CheckedFormula] => {
    const parameters = /\bbeta\b/.test(text) ? ['beta'] : [];
    return [`language_${name}`, formulaOf(text, { setting, parameters })];
  });
  const built = [...objectives.values()].map((o): [string, CheckedFormula] => [o.name, checkedObjective(o)]);
  return [...own, ...built].map(([name, checked]) => {
    const numbers = torchNumbers(checked.vocabulary);
    const defaults = objectives.get(name)?.parameters ?? {};
    for (const [parameter, { default: value }] of Object.entries(defaults)) numbers[parameter] = [value];
    return { name, checked, numbers };
  });
}

/** All that Python needs, as the text of a JSON file with a line for each case. */
export function torchCases(sources: readonly TorchSource[]): string {
  const cases = sources.map(caseOf);
  const settings = (['pairs', 'groups'] as const).map((setting) => {
    const used = new Set(cases.filter((c) => c.setting === setting).flatMap((c) => c.quantities));
    const shapes = axesOf(setting);
    const numbers = torchNumbers({ setting, parameters: [] });
    const entries = [...used].map((name) => [
      name,
      { shape: shapeOf(shapes.get(name) ?? []), values: numbers[name] },
    ]);
    return `"${setting}": ${JSON.stringify(Object.fromEntries(entries))}`;
  });
  const lines = cases.map((c) => JSON.stringify(c)).join(',\n');
  return `{\n${settings.join(',\n')},\n"cases": [\n${lines}\n]\n}\n`;
}

function caseOf({ name, checked, numbers }: TorchSource): TorchCase {
  const { setting } = checked.vocabulary;
  const given = torchArguments(checked);
  return {
    name,
    setting,
    torch: printTorch(checked, name),
    quantities: [...given.quantities, ...given.masks],
    parameters: given.parameters.map((parameter) => numbers[parameter]?.[0] as number),
    trained: given.quantities.filter((q) => quantities[setting].get(q)?.frozen === false),
  };
}

function axesOf(setting: Setting): Map<string, FormulaShape> {
  const masks: [string, FormulaShape][] =
    setting === 'pairs' ? [['mask_w', ['b', 't_w']], ['mask_l', ['b', 't_l']]] : [['mask', ['b', 'k', 't']]];
  return new Map([...[...quantities[setting]].map(([n, q]): [string, FormulaShape] => [n, q.shape]), ...masks]);
} // prettier-ignore
