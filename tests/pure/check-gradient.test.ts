/** The gradient check of the loss editor: every built-in loss passes it, what stands in stop_grad included. */
import { expect, it } from 'vitest';
import type { Device } from '../../src/engine/backend.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import { checkFormula } from '../../src/formulas/check.ts';
import { checkGradient } from '../../src/formulas/check-gradient.ts';
import { lineTokens } from '../../src/formulas/line-tokens.ts';
import { defaultsOf } from '../../src/base/parameters.ts';
import { checkedObjective } from '../../src/objectives/check.ts';
import { objectives } from '../../src/objectives/index.ts';

it.each([...objectives.values()].map((objective) => [objective.name, objective] as const))(
  '%s: analytic slopes are those of central differences',
  async (_, objective) => {
    const checked = checkedObjective(objective);
    const { largest, slopes } = await checkGradient(
      openReference(),
      checked,
      defaultsOf(objective.parameters),
    );
    expect(slopes).toBeGreaterThan(0);
    expect(largest).toBeLessThan(1e-5);
  },
);

it("a slope that is not the loss's is found", async () => {
  const text = 'm = logp_w - logp_l\nloss = -log_sigmoid(m)';
  const checked = checkFormula(text, { setting: 'pairs', parameters: [] });
  if (!checked.ok) throw new Error(JSON.stringify(checked.issues));
  const device = openReference();
  const wrong: Device = {
    ...device,
    run: async (program, feeds) => {
      const outputs = await device.run(program, feeds);
      return outputs.map((output) =>
        Object.fromEntries(
          Object.entries(output).map(([name, values]) => [
            name,
            name.startsWith('slope') ? values.map((x) => 1.01 * x) : values,
          ]),
        ),
      );
    },
  };
  expect((await checkGradient(device, checked.value, {})).largest).toBeLessThan(1e-8);
  expect((await checkGradient(wrong, checked.value, {})).largest).toBeCloseTo(0.01, 3);
});

it('colours a line to its end, past what is wrong', () => {
  const words = (line: string) => lineTokens(line).map(({ kind, from, to }) => [kind, line.slice(from, to)]);
  expect(words('loss = relu(logp_w ^ ref_l[t]) # x')).toEqual([
    ['loss', 'loss'],
    ['symbol', '='],
    ['function', 'relu'],
    ['symbol', '('],
    ['chosen', 'logp_w'],
    ['wrong', '^'],
    ['rejected', 'ref_l[t]'],
    ['symbol', ')'],
    ['comment', '# x'],
  ]);
});
