/** Which tensors of a model from outside mean what: a first guess by name and shape, and the check of what is chosen. */
import type { Issue } from '../base/errors.ts';
import type { OnnxValue } from '../models/onnx/tensor-read.ts';
import type { FrozenFile, FrozenMapping, FrozenSetting } from './frozen-protocol.ts';

const TOKENS = ['input_ids', 'tokens', 'ids', 'input'];
const MASK = ['attention_mask', 'mask'];
/** By falling fitness, with what they are for. */
const OUTPUTS = [['reward', 'score'], ['rewards', 'score'], ['score', 'score'], ['scores', 'score'], ['logits', 'logits']] as const; // prettier-ignore

/** Inputs that follow from the tokens: places 0, 1, 2, ... and one segment for all. */
export const DERIVED = ['position_ids', 'token_type_ids'] as const;

const isWhole = ({ type }: OnnxValue): boolean => type === 'int64' || type === 'int32';

/** Token ids and what goes with them: whole numbers, [batch, length]. */
export const tokenInputs = ({ inputs }: Pick<FrozenFile, 'inputs'>): OnnxValue[] =>
  inputs.filter((value) => isWhole(value) && (value.shape === null || value.shape.length === 2));

/** What can be read: numbers with a fraction. */
export const readableOutputs = ({ outputs }: Pick<FrozenFile, 'outputs'>): OnnxValue[] =>
  outputs.filter(({ type }) => type === 'float32');

/** Three axes hold a number for every word; fewer hold one a sequence. */
const readsOf = (value: OnnxValue): FrozenMapping['reads'] =>
  value.shape?.length === 3 ? 'logits' : 'score';

/** Null where names and shapes leave it open. */
export function guessMapping(file: FrozenFile): FrozenMapping | null {
  const inputs = tokenInputs(file);
  const byName = (names: readonly string[]): OnnxValue | undefined =>
    inputs.find(({ name }) => names.includes(name));
  const others = inputs.filter(
    ({ name }) => !MASK.includes(name) && !(DERIVED as readonly string[]).includes(name),
  );
  const tokens = byName(TOKENS) ?? (others.length === 1 ? others[0] : undefined);
  const outputs = readableOutputs(file);
  const known = OUTPUTS.flatMap(([wanted]) => outputs.filter(({ name }) => name === wanted));
  const output = known[0] ?? (outputs.length === 1 ? outputs[0] : undefined);
  if (!tokens || !output) return null;
  const said = OUTPUTS.find(([name]) => name === output.name)?.[1];
  const reads = output.shape === null ? (said ?? 'score') : readsOf(output);
  return { tokens: tokens.name, mask: byName(MASK)?.name ?? null, output: output.name, reads };
}

const named = (kind: string, name: string): string => `${kind} ${JSON.stringify(name)}`;
const shapeText = ({ type, shape }: OnnxValue): string =>
  `${type} ${shape === null ? 'of any shape' : `[${shape.map((axis) => axis ?? '?').join(', ')}]`}`;

function issue(code: string, at: string, expected: string, received: string, cure: string): Issue {
  return { code: `frozen/${code}`, at, expected, received, cure };
}

/** Everything that keeps the file from running under this mapping, as far as can be seen without running it. */
export function checkMapping(file: FrozenFile, mapping: FrozenMapping, setting: FrozenSetting): Issue[] {
  return [
    ...checkInputs(file, mapping, setting),
    ...checkOutput(file, mapping, setting),
    ...checkWords(file, setting),
  ];
}

function checkInputs(file: FrozenFile, { tokens, mask }: FrozenMapping, { context }: FrozenSetting): Issue[] {
  const issues: Issue[] = [];
  for (const [name, what] of [[tokens, 'token ids'], ...(mask === null ? [] : [[mask, 'the mask']])] as [
    string,
    string,
  ][]) {
    // prettier-ignore
    const at = named('input', name);
    const value = file.inputs.find((one) => one.name === name);
    if (!value) {
      issues.push(
        issue('no-input', at, `one of ${names(file.inputs)}`, 'no such input', 'Choose another input.'),
      );
    } else if (!isWhole(value) || (value.shape !== null && value.shape.length !== 2)) {
      const cure = `Choose another input for ${what}, or export the model with whole sequences as its input.`;
      issues.push(issue('input-type', at, 'int64 or int32 [batch, length]', shapeText(value), cure));
    } else if (typeof value.shape?.[1] === 'number' && value.shape[1] < context) {
      const cure = 'Export the model with a dynamic length, or one as long as that.';
      issues.push(issue('input-length', at, `a length of at least ${context}`, `${value.shape[1]}`, cure));
    }
  }
  const given = [tokens, mask, ...DERIVED];
  for (const value of file.inputs.filter(({ name }) => !given.includes(name))) {
    const cure =
      'Export the model without it (no past keys and values: use_cache=False), or choose it as the mask.';
    const expected = 'no input besides the tokens, a mask and positions';
    issues.push(issue('extra-input', named('input', value.name), expected, shapeText(value), cure));
  }
  if (mask === tokens)
    issues.push(issue('mask', named('input', tokens), 'one use', 'two', 'Choose another mask.'));
  return issues;
}

const names = (values: readonly OnnxValue[]): string =>
  values.map(({ name }) => JSON.stringify(name)).join(', ');

function checkOutput(
  { outputs }: FrozenFile,
  { output, reads }: FrozenMapping,
  { words }: FrozenSetting,
): Issue[] {
  const at = named('output', output);
  const value = outputs.find(({ name }) => name === output);
  if (!value)
    return [issue('no-output', at, `one of ${names(outputs)}`, 'no such output', 'Choose another output.')];
  const wanted =
    reads === 'logits' ? `float32 [batch, length, ${words.length}]` : 'float32 [batch] or [batch, 1]';
  const wrong = (cure: string): Issue[] => [issue('output-type', at, wanted, shapeText(value), cure)];
  if (value.type !== 'float32')
    return wrong('Export the model in float32 (model.float()), or choose another output.');
  const { shape } = value;
  if (shape === null) return [];
  if (reads === 'logits') {
    const last = shape[2];
    if (shape.length !== 3) return wrong('Choose the output with the logits, or read this one as a score.');
    if (typeof last === 'number' && last !== words.length)
      return wrong('Choose a model with the vocabulary of this world.');
  } else if (
    shape.length > 2 ||
    shape.length === 0 ||
    (shape.length === 2 && shape[1] !== 1 && typeof shape[1] === 'number')
  )
    return wrong('Choose an output with one number a sequence, or read this one as logits.');
  return [];
}

/** A recipe names a reference by its file alone, so which tensors are read must follow from the file. */
export function checkNamed(file: FrozenFile, mapping: FrozenMapping | null): Issue[] {
  const guess = guessMapping(file);
  const text = ({ tokens, mask, output, reads }: FrozenMapping): string =>
    `tokens ${JSON.stringify(tokens)}, mask ${mask === null ? 'none' : JSON.stringify(mask)}, ${reads} ${JSON.stringify(output)}`;
  const read = mapping ? text(mapping) : 'none';
  if (guess?.reads === 'logits' && text(guess) === read) return [];
  const expected = guess ? text({ ...guess, reads: 'logits' }) : 'tensors whose names say what they are';
  const cure =
    'A reference must give logits, from tensors named input_ids, attention_mask and logits: export it with these names.';
  return [issue('unnamed', 'the tensors', expected, read, cure)];
}

/** Words are compared only where the file says which it has. */
function checkWords({ origin }: FrozenFile, { words }: FrozenSetting): Issue[] {
  if (!origin) return [];
  const at = 'vocabulary';
  const cure = 'Open the world or the data that this model was trained on.';
  if (origin.words.length !== words.length)
    return [issue('words', at, `this world’s ${words.length} words`, `${origin.words.length} words`, cure)];
  const differing = words.findIndex((word, id) => word !== origin.words[id]);
  if (differing < 0) return [];
  const expected = `${JSON.stringify(words[differing])} as word ${differing}`;
  return [issue('words', at, expected, JSON.stringify(origin.words[differing]?.slice(0, 40)), cure)];
}
