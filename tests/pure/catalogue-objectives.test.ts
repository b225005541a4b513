/** Every objective: sound, with the gradient that differences give; beyond TRL's pairwise ones, with values worked out by hand. */
import { describe, expect, it } from 'vitest';
import { defaultsOf } from '../../src/base/parameters.ts';
import type { CheckedFormula } from '../../src/formulas/check.ts';
import { checkedObjective, checkObjective } from '../../src/objectives/check.ts';
import { objectives } from '../../src/objectives/index.ts';
import type { Objective } from '../../src/objectives/index.ts';
import { gradientMistake, lossValues, randomFeeds, SIZES } from '../support/formula-values.ts';

const objectiveOf = (name: string): Objective => objectives.get(name) as Objective;
const formulaOf = (name: string): CheckedFormula => checkedObjective(objectiveOf(name));

describe.each([...objectives.keys()])('%s', (name) => {
  it('is checked, with every parameter used, in range and told', () => {
    const objective = objectiveOf(name);
    const checked = checkObjective(objective);
    expect(checked.ok ? [] : checked.issues).toEqual([]);
    for (const row of Object.values(objective.parameters)) {
      expect(row.default).toBeGreaterThanOrEqual(row.min);
      expect(row.default).toBeLessThanOrEqual(row.max);
      expect(row.help).toMatch(/\.$/);
    }
    expect(objective.description).toMatch(/^[A-Z].*\.$/);
    expect(objective.paper.url).toMatch(
      /^(https:\/\/arxiv\.org\/abs\/\d{4}\.\d{5}|https:\/\/(?!arxiv)\S+)?$/,
    );
  });

  it('has the gradient of its values', async () => {
    const objective = objectiveOf(name);
    const formula = formulaOf(name);
    const feeds = randomFeeds(formula, defaultsOf(objective.parameters), 31);
    // off the kink of max(len, 1)
    for (const [key, lengths] of Object.entries(feeds))
      if (key.startsWith('len')) feeds[key] = lengths.map((x) => x + 1);
    const { error, at, largest } = await gradientMistake(formula, SIZES[objective.setting], feeds);
    expect(error, at).toBeLessThan(1e-6);
    expect(largest).toBeGreaterThan(1e-4);
    expect(largest).toBeLessThan(1e4);
  });
});

/** What the values worked out by hand read: numbers of item `i`, of its group, or of a response's own tokens. */
interface Reader {
  /** One number an item. */
  of: (name: string) => number;
  /** One number a member of the item's group. */
  group: (name: string) => number[];
  /** One number a token of the response; `k` for groups. */
  tokens: (name: string, k?: number) => number[];
}

const GROUP = 4;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const sigma = (x: number): number => 1 / (1 + Math.exp(-x));
const loss = (x: number): number => Math.log(1 + Math.exp(-x));
const deviation = (x: readonly number[]): number =>
  Math.sqrt(sum(x.map((v) => (v - mean(x)) * (v - mean(x)))) / (x.length - 1));

function readerOf(feeds: Record<string, number[]>, axis: string, i: number): Reader {
  const all = (name: string): number[] => feeds[name] as number[];
  const cut = (name: string, row: number, mask: string): number[] => {
    const length = all(name).length / (all(mask).length / (axis === 'pairs' ? 4 : 5));
    const at = range(length).map((t) => row * length + t);
    return at.filter((j) => all(mask)[j] === 1).map((j) => all(name)[j] as number);
  };
  return {
    of: (name) => all(name)[i] ?? (all(name)[0] as number),
    group: (name) => all(name).slice(i * GROUP, (i + 1) * GROUP),
    tokens: (name, k) =>
      k === undefined
        ? cut(name, i, name.endsWith('_w[t]') ? 'mask t_w' : 'mask t_l')
        : cut(name, i * GROUP + k, 'mask t'),
  };
}

async function values(
  name: string,
  parameters: Record<string, number>,
  given: Record<string, number[]> = {},
) {
  const { setting, parameters: table } = objectiveOf(name);
  const numbers = { ...defaultsOf(table), ...parameters };
  const feeds = { ...randomFeeds(formulaOf(name), numbers, 47), ...given };
  const got = await lossValues(formulaOf(name), SIZES[setting], feeds);
  return { got, readers: range(SIZES[setting].b as number).map((i) => readerOf(feeds, setting, i)) };
}

/** The losses of all items against what the function works out for each. */
async function expectEach(
  name: string,
  parameters: Record<string, number>,
  worked: (q: Reader, i: number) => number,
  given: Record<string, number[]> = {},
): Promise<void> {
  const { got, readers } = await values(name, parameters, given);
  expect(got.length).toBe(readers.length);
  readers.forEach((q, i) => expect(got[i]).toBeCloseTo(worked(q, i), 10));
}

const ratio = (q: Reader, side: string): number => q.of(`logp_${side}`) - q.of(`ref_${side}`);
const margin = (q: Reader): number => ratio(q, 'w') - ratio(q, 'l');

describe('pairs, worked out by hand', () => {
  it('npo: (2 / beta) log(1 + (pi / ref)^beta), alone and with a retain term', async () => {
    const odds = (q: Reader): number => Math.pow(Math.exp(q.of('logp_l')) / Math.exp(q.of('ref_l')), 0.3);
    await expectEach('npo', { beta: 0.3 }, (q) => (2 / 0.3) * Math.log(1 + odds(q)));
    await expectEach('npo-rt', { beta: 0.3, retain_weight: 2 }, (q) => (2 / 0.3) * Math.log(1 + odds(q)) - (2 * q.of('logp_w')) / q.of('len_w')); // prettier-ignore
  });

  it('reward-augmented-dpo: DPO on both copies of the pair', async () => {
    const h = (q: Reader, side: string, prompt: string): number => q.of(`logp_${side}_${prompt}`) - q.of(`ref_${side}_${prompt}`); // prettier-ignore
    await expectEach('reward-augmented-dpo', { beta: 0.2 }, (q) =>
      mean([loss(0.2 * (h(q, 'w', 'xw') - h(q, 'l', 'xw'))), loss(0.2 * (h(q, 'l', 'xl') - h(q, 'w', 'xl')))]),
    ); // prettier-ignore
  });

  it('osp: cross-entropy to the judged probability', async () => {
    await expectEach('osp', { beta: 0.4 }, (q) => {
      const p = q.of('label_probability');
      const s = sigma(0.4 * margin(q));
      return -p * Math.log(s) - (1 - p) * Math.log(1 - s);
    });
  });

  it('rise and spo-degree: a term beside DPO', async () => {
    await expectEach('rise', { beta: 0.4, sft_weight: 0.05 }, (q) => loss(0.4 * margin(q)) - (0.05 * q.of('logp_w')) / q.of('len_w')); // prettier-ignore
    await expectEach('spo-degree', { beta: 0.1, degree_weight: 0.3 }, (q) => loss(0.1 * margin(q)) - 0.3 * mean([q.of('class_logp_w'), q.of('class_logp_l')])); // prettier-ignore
  });

  it('dove-joint: the ratio of prompt and response together', async () => {
    const joint = (q: Reader, side: string): number => ratio(q, side) + q.of(`prompt_logp_${side}`) - q.of(`prompt_ref_${side}`); // prettier-ignore
    await expectEach('dove-joint', { beta: 0.2 }, (q) => loss(0.2 * (joint(q, 'w') - joint(q, 'l'))));
  });

  it('3d-properties: two betas, or a log-loss beside DPO', async () => {
    await expectEach('3d-properties-flex', {}, (q) => loss(ratio(q, 'w') - 0.3 * ratio(q, 'l')));
    await expectEach('3d-properties-sft', {}, (q) => loss(margin(q)) - 0.1 * q.of('logp_w'));
  });

  it('hypo: the sampled log-ratio times the log-prob', async () => {
    const worked = (q: Reader): number => loss(0.1 * margin(q)) + 0.3 * (q.of('logp_o') - q.of('ref_o')) * q.of('logp_o'); // prettier-ignore
    await expectEach('hypo', { beta: 0.1, kl_weight: 0.3 }, worked);
  });

  it('sppo: squared distance to eta (win rate - 1/2)', async () => {
    const miss = (q: Reader, side: string): number => ratio(q, side) - 4 * (q.of(`win_rate_${side}`) - 0.5);
    await expectEach('sppo', { eta: 4 }, (q) => 0.5 * (miss(q, 'w') * miss(q, 'w') + miss(q, 'l') * miss(q, 'l'))); // prettier-ignore
  });

  it('selfie: only margins below the quantile are softened', async () => {
    let softened = 0;
    await expectEach(
      'selfie',
      { beta: 1, alpha: 0.2 },
      (q) => {
        const m = margin(q);
        softened += m < 0.3 ? 1 : 0;
        return m < 0.3 ? 0.8 * loss(m) + 0.2 * loss(-m) : loss(m);
      },
      { margin_quantile: [0.3] },
    );
    expect(softened).toBeGreaterThan(0);
    expect(softened).toBeLessThan(5);
  });

  it('rationales: per token, as released, and without a reference', async () => {
    const mine = { beta: 0.1, reason_weight: 0.5 };
    await expectEach(
      'rationales',
      mine,
      (q) => loss(0.1 * margin(q)) - (0.5 * q.of('logp_r')) / q.of('len_r'),
    );
    await expectEach('rationales-code', { beta: 0.1, gamma: 0.3 }, (q) => loss(0.1 * margin(q)) - Math.log(sigma(0.3 * q.of('logp_r')))); // prettier-ignore
    await expectEach('rationales-orpo', mine, (q) => {
      const p = (side: string): number => Math.exp(q.of(`logp_${side}`) / q.of(`len_${side}`));
      const odds = (side: string): number => p(side) / (1 - p(side));
      const against = -0.1 * Math.log(sigma(Math.log(odds('w') / odds('l'))));
      return -Math.log(p('w')) + against - (0.5 * q.of('logp_r')) / q.of('len_r');
    });
  });

  it('mapl: one response under two prompts, and gaps that widen and turn', async () => {
    await expectEach('mapl', { intra_weight: 0.5, inter_weight: 2 }, (q) => {
      const gap = (prompt: string): number => q.of(`head_w${prompt}`) - q.of(`head_l${prompt}`);
      const w = loss(q.of('head_w_xw') - q.of('head_w_xl'));
      const l = loss(q.of('head_l_xl') - q.of('head_l_xw'));
      return (
        loss(gap('')) + 0.5 * mean([w, l]) + 2 * (loss(gap('_xw') - gap('')) + loss(gap('') - gap('_xl')))
      );
    });
  });

  it('tpo: log2 discounts, gains 2^v, token weights', async () => {
    const reward = (q: Reader, side: string): number => {
      const [a, logp, ref] = ['token_weight', 'logp', 'ref'].map((name) => q.tokens(`${name}_${side}[t]`)) as [number[], number[], number[]]; // prettier-ignore
      return 0.5 * sum(a.map((weight, t) => weight * ((logp[t] as number) - (ref[t] as number))));
    };
    await expectEach('tpo', { beta: 0.5 }, (q) => {
      const gain = Math.abs(Math.pow(2, q.of('score_w')) - Math.pow(2, q.of('score_l')));
      const discount = Math.abs(1 / Math.log2(1 + q.of('rank_w')) - 1 / Math.log2(1 + q.of('rank_l')));
      return gain * discount * loss(reward(q, 'w') - reward(q, 'l'));
    });
  });

  it('preflexor: KL from the policy preference to the smoothed label, on counted tokens', async () => {
    const u = (q: Reader, side: string): number =>
      sum(q.tokens(`token_weight_${side}[t]`).map((weight, t) => weight * ((q.tokens(`logp_${side}[t]`)[t] as number) - (q.tokens(`ref_${side}[t]`)[t] as number)))); // prettier-ignore
    await expectEach('preflexor', { beta: 0.7, epsilon: 0.05 }, (q) => {
      const p = sigma(0.7 * (u(q, 'w') - u(q, 'l')));
      return p * Math.log(p / 0.95) + (1 - p) * Math.log((1 - p) / 0.05);
    });
    await expectEach('m-dpo', { eta: 0.7 }, (q) => loss(0.7 * (u(q, 'w') - u(q, 'l'))));
  });

  it('gpm: v_w turned by a quarter, times v_l, over tau', async () => {
    await expectEach('gpm', { tau: 0.5 }, (q) => {
      const v = (side: string): number[] => [1, 2, 3, 4].map((d) => q.of(`vec${d}_${side}`));
      const [w, l] = [v('w') as [number, number, number, number], v('l')];
      const turned = [-w[1], w[0], -w[3], w[2]];
      return loss(sum(turned.map((x, d) => x * (l[d] as number))) / 0.5);
    });
  });

  it('mm-rlhf: beta grows with the margin', async () => {
    await expectEach('mm-rlhf', { beta: 0.1, w: 3, k: 0.5, sft_weight: 0.25 }, (q) => {
      const clear = 1 - Math.exp(-0.5 * Math.max(0, q.of('margin_column')));
      return loss(0.1 * (1 + 3 * clear) * margin(q)) - (0.25 * q.of('logp_w')) / q.of('len_w');
    });
  });

  it('eurus: the sign counts for checked answers only', async () => {
    await expectEach('eurus', { absolute_weight: 0.5 }, (q) => {
      const sign = q.of('verified') === 1 ? loss(q.of('head_w')) + loss(-q.of('head_l')) : 0;
      return loss(q.of('head_w') - q.of('head_l')) + 0.5 * sign;
    });
  });

  it('reward models: margin, centring, squares', async () => {
    const both = (q: Reader): [number, number] => [q.of('head_w'), q.of('head_l')];
    await expectEach('bradley_terry_margin', { center_rewards_coefficient: 0.05 }, (q) => {
      const [w, l] = both(q);
      return loss(w - l - q.of('margin_column')) + 0.05 * (w + l) * (w + l);
    });
    await expectEach('regression', {}, (q) => {
      const [w, l] = both(q).map((r, i) => r - q.of(i === 0 ? 'score_w' : 'score_l')) as [number, number];
      return (w * w + l * l) / 2;
    });
  });

  it('m-kto: the zero point is the mean mismatched ratio, at least 0', async () => {
    const { got, readers } = await values('m-kto', { eta: 0.5 });
    const u = (q: Reader, side: string): number =>
      sum(q.tokens(`token_weight_${side}[t]`).map((weight, t) => weight * ((q.tokens(`logp_${side}[t]`)[t] as number) - (q.tokens(`ref_${side}[t]`)[t] as number)))); // prettier-ignore
    const zero = Math.max(0, mean(readers.map((q) => ratio(q, 'm'))));
    readers.forEach((q, i) => {
      const worked = mean([1 - sigma(0.5 * (u(q, 'w') - zero)), 1 - sigma(0.5 * (zero - u(q, 'l')))]);
      expect(got[i]).toBeCloseTo(worked, 10);
    });
  });
});

describe('denoising errors, worked out by hand', () => {
  it('mapo: x / (e^x - 1) as score', async () => {
    const score = (q: Reader, side: string): number => (0.5 * q.of(`err_${side}`)) / (Math.exp(0.5 * q.of(`err_${side}`)) - 1); // prettier-ignore
    await expectEach('mapo', { beta: 0.2, s: 0.5, timesteps: 20 }, (q) => q.of('err_w') + 0.2 * loss(20 * (score(q, 'w') - score(q, 'l')))); // prettier-ignore
  });

  it('inpo and smpo: the label probability shrinks the push', async () => {
    const d = (q: Reader): number => q.of('err_inv_w') - q.of('err_inv_l') - (q.of('err_inv_ref_w') - q.of('err_inv_ref_l')); // prettier-ignore
    await expectEach('inpo', { beta: 3 }, (q) => loss(-1.5 * d(q)));
    await expectEach('smpo', { beta: 3, smoothing: 10 }, (q) => {
      const [w, l] = [Math.exp(q.of('score_w')), Math.exp(q.of('score_l'))];
      return loss(-0.5 * 3 * 10 * ((2 * w) / (w + l) - 1) * d(q));
    });
  });

  it('rankdpo: gain times discount', async () => {
    await expectEach('rankdpo', { beta: 2 }, (q) => {
      const s = (side: string): number => q.of(`err_${side}`) - q.of(`err_ref_${side}`);
      const gain = Math.abs(Math.pow(2, q.of('score_w')) - Math.pow(2, q.of('score_l')));
      const discount = Math.abs(1 / Math.log(1 + q.of('rank_w')) - 1 / Math.log(1 + q.of('rank_l')));
      return gain * discount * loss(-2 * (s('w') - s('l')));
    });
  });
});

describe('tokens, worked out by hand', () => {
  const kl = (q: Reader, side: string): number => q.of(`kl_ref_${side}`);

  it('tdpo1 and tdpo2: the margin less the difference of sequence KLs', async () => {
    await expectEach('tdpo1', { beta: 0.3 }, (q) => loss(0.3 * margin(q) - (0.3 * kl(q, 'l') - 0.3 * kl(q, 'w')))); // prettier-ignore
    await expectEach('tdpo2', { beta: 0.3, alpha: 0.7 }, (q) => loss(0.3 * margin(q) - 0.7 * 0.3 * (kl(q, 'l') - kl(q, 'w')))); // prettier-ignore
  });

  it('sparsepo: masked rewards and divergences, and the L1 of all masks', async () => {
    const parts = (q: Reader, side: string): { u: number; d: number } => {
      const token = (name: string): number[] => q.tokens(`${name}_${side}[t]`);
      const u = token('mask_u').map(
        (m, t) => m * ((token('logp')[t] as number) - (token('ref')[t] as number)),
      );
      const d = token('mask_d').map((m, t) => m * (token('kl_ref')[t] as number));
      return { u: sum(u), d: sum(d) };
    };
    await expectEach('sparsepo', { beta: 0.8, l1_u: 0.01, l1_d: 0.02 }, (q) => {
      const [w, l] = [parts(q, 'w'), parts(q, 'l')];
      const sparsity = 0.01 * (q.of('mask_u_w') + q.of('mask_u_l')) + 0.02 * (q.of('mask_d_w') + q.of('mask_d_l')); // prettier-ignore
      return loss(0.8 * (w.u - l.u - (l.d - w.d))) + sparsity;
    });
  });

  it('f-divergence SFT: phi(u), clipped', async () => {
    const u = (q: Reader): number[] =>
      q.tokens('logp_w[t]').map((x, t) => Math.min(4, Math.max(-0.9, 2 * (x - (q.tokens('ref_w[t]')[t] as number))))); // prettier-ignore
    await expectEach('sft-implicit-reward-chi2', { beta: 2 }, (q) => -mean(u(q).map((x) => x - (x * x) / 4)));
    await expectEach(
      'sft-implicit-reward-hellinger',
      { beta: 2 },
      (q) => -mean(u(q).map((x) => x / (1 + x))),
    );
  });

  it("adpa: the student's expectation of the teacher's log-ratio, from whole distributions", async () => {
    const [student, before, after] = [[0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.25, 0.15, 0.6]] as [number[], number[], number[]]; // prettier-ignore
    const kl = (p: readonly number[], q: readonly number[]): number =>
      sum(p.map((x, a) => x * Math.log(x / (q[a] as number))));
    const everywhere = (x: number): number[] => range(20).map(() => x);
    const advantage = sum(student.map((s, a) => s * (Math.log(after[a] as number) - Math.log(before[a] as number)))); // prettier-ignore
    await expectEach(
      'adpa',
      { sft_weight: 0.5, gamma: 2 },
      (q) => -0.5 * mean(q.tokens('logp_w[t]')) - 2 * advantage,
      { 'kl_l[t]': everywhere(kl(student, before)), 'kl2_l[t]': everywhere(kl(student, after)) },
    );
  });

  it('dckd: the teacher on both responses', async () => {
    await expectEach('dckd', { sft_weight: 0.5, chosen_weight: 2, rejected_weight: 3 }, (q) => {
      const [w, l] = [mean(q.tokens('kl_ref2_w[t]')), mean(q.tokens('kl_ref2_l[t]'))];
      return -0.5 * mean(q.tokens('logp_w[t]')) + 2 * w + 3 * l;
    });
  });
});

describe('groups, worked out by hand', () => {
  const ratios = (q: Reader): number[] => q.group('logp').map((x, k) => x - (q.group('ref')[k] as number));

  it('egpo: all pairs of the group', async () => {
    await expectEach('egpo', { beta: 0.5 }, (q) => {
      const z = ratios(q).map((d, k) => d - (q.group('win_rate')[k] as number) / 0.5);
      return sum(z.flatMap((a) => z.map((b) => (a - b) * (a - b)))) / (GROUP * GROUP);
    });
  });

  it('gpm-gpo: squared distance to the centred score', async () => {
    await expectEach('gpm-gpo', { beta: 0.5 }, (q) => {
      const target = q.group('reward').map((s) => (s - mean(q.group('reward'))) / 0.5);
      return mean(ratios(q).map((h, k) => (h - (target[k] as number)) * (h - (target[k] as number))));
    });
  });

  it('d2o: the mean of own ratios against the bad one', async () => {
    await expectEach('d2o', { beta: 0.4, alpha: 0.3 }, (q) => {
      const own = q.group('logp').map((x, k) => x - (q.group('ref2')[k] as number));
      return loss((0.4 / GROUP) * sum(own) - 0.3 * (q.of('logp_bad') - q.of('ref_bad')));
    });
  });

  it('plackett_luce: the product of draws without replacement', async () => {
    const ranking = (s: readonly number[]): number =>
      -Math.log(s.map((x, k) => Math.exp(x) / sum(s.slice(k).map(Math.exp))).reduce((a, b) => a * b, 1));
    await expectEach('plackett_luce', {}, (q) => ranking(q.group('head')));
    await expectEach('plackett_luce_dpo', { beta: 0.3 }, (q) => ranking(ratios(q).map((h) => 0.3 * h)));
  });

  it('listnet and ranklist', async () => {
    const shares = (s: readonly number[]): number[] => s.map((x) => Math.exp(x) / sum(s.map(Math.exp)));
    await expectEach('listnet', {}, (q) => -sum(shares(q.group('score')).map((p, k) => p * Math.log(shares(q.group('head'))[k] as number)))); // prettier-ignore
    await expectEach('ranklist', {}, (q) => Math.log(1 + sum(q.group('head_later').map((s, k) => Math.exp(s - (q.group('head')[k] as number)))))); // prettier-ignore
  });

  it('reinforce: the mean reward of the batch as baseline', async () => {
    const { got, readers } = await values('reinforce', { beta: 0.2 });
    const rewards = readers.map((q) => ratios(q).map((h, k) => (q.group('reward')[k] as number) - 0.2 * h));
    readers.forEach((q, i) => {
      const gains = (rewards[i] as number[]).map((r) => r - mean(rewards.flat()));
      expect(got[i]).toBeCloseTo(-mean(q.group('logp').map((x, k) => x * (gains[k] as number))), 10);
    });
  });

  const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, 1 - low), 1 + high);

  it('rloo: each response against the mean of the others', async () => {
    await expectEach('rloo', { beta: 0.2, epsilon: 0.3 }, (q) => {
      const rewards = q.group('reward').map((r, k) => r - 0.2 * ((q.group('old')[k] as number) - (q.group('ref')[k] as number))); // prettier-ignore
      return -mean(
        rewards.map((r, k) => {
          const gain = r - mean(rewards.filter((_, other) => other !== k));
          const x = Math.exp((q.group('logp')[k] as number) - (q.group('old')[k] as number));
          return Math.min(x * gain, clip(x, 0.3, 0.3) * gain);
        }),
      );
    });
  });

  /** TRL's loss of one token; `kl` 1, 2 or 3. */
  const tokenLosses = (
    q: Reader,
    gains: readonly number[],
    beta: number,
    high: number,
    kl: number,
  ): number[][] =>
    gains.map((gain, k) => {
      const [now, old, ref] = ['logp[t]', 'old[t]', 'ref[t]'].map((name) => q.tokens(name, k)) as [number[], number[], number[]]; // prettier-ignore
      return now.map((x, t) => {
        const ratio = Math.exp(x - (old[t] as number));
        const d = (ref[t] as number) - x;
        const divergence = [-d, (d * d) / 2, Math.exp(d) - d - 1][kl - 1] as number;
        return beta * divergence - Math.min(ratio * gain, clip(ratio, 0.2, high) * gain);
      });
    });
  const centred = (x: readonly number[]): number[] => x.map((r) => r - mean(x));
  const scaled = (x: readonly number[]): number[] => centred(x).map((r) => r / (deviation(x) + 1e-4));

  it.each([1, 2, 3])('grpo: a mean over tokens, then over the group; KL k%i', async (kl) => {
    await expectEach('grpo', { beta: 0.1, kl_estimator: kl }, (q) =>
      mean(tokenLosses(q, scaled(q.group('reward')), 0.1, 0.2, kl).map(mean)),
    );
  });

  it('dr_grpo: neither spread nor length', async () => {
    await expectEach('dr_grpo', { beta: 0.1, max_completion_length: 8 }, (q) =>
      mean(tokenLosses(q, centred(q.group('reward')), 0.1, 0.2, 3).map((x) => sum(x) / 8)),
    );
  });

  /** Lengths as the masks have them: what a program gives as `len`. */
  const lengths = (readers: readonly Reader[]): number[] =>
    readers.flatMap((q) => range(GROUP).map((k) => q.tokens('logp[t]', k).length));

  it.each([
    ['bnpo', 0.2],
    ['dapo', 0.28],
  ])('%s: over all tokens of the batch', async (name, high) => {
    const { readers } = await values(name, { beta: 0.1 });
    const { got } = await values(name, { beta: 0.1 }, { len: lengths(readers) });
    const all = readers.flatMap((q) => tokenLosses(q, scaled(q.group('reward')), 0.1, high, 3)).flat();
    expect(got).toEqual([expect.closeTo(mean(all), 10)]);
  });

  it('ppo: both losses over all tokens of the batch', async () => {
    const { readers } = await values('ppo', {});
    const { got } = await values('ppo', { vf_coef: 0.3 }, { len: lengths(readers) });
    const all = readers.flatMap((q) =>
      range(GROUP).flatMap((k) => {
        const [now, old, gain, value, then, target] = ['logp', 'old', 'advantage', 'value', 'old_value', 'value_target'].map((name) => q.tokens(`${name}[t]`, k)) as [number[], number[], number[], number[], number[], number[]]; // prettier-ignore
        return now.map((x, t) => {
          const [ratio, a, v, y] = [Math.exp(x - old[t]!), gain[t]!, value[t]!, target[t]!];
          const near = Math.min(Math.max(v, then[t]! - 0.2), then[t]! + 0.2);
          const error = Math.max((v - y) * (v - y), (near - y) * (near - y));
          return Math.max(-a * ratio, -a * clip(ratio, 0.2, 0.2)) + 0.3 * 0.5 * error;
        });
      }),
    );
    expect(got).toEqual([expect.closeTo(mean(all), 10)]);
  });
});
