/** What an editor offers while a formula is typed: every name with its shape in words and its meaning. */
import type { Vocabulary } from './check.ts';
import type { FunctionKind } from './functions.ts';
import { functions } from './functions.ts';
import { describeShape, NEEDS, quantities } from './quantities.ts';

export interface Completion {
  label: string;
  kind: 'quantity' | 'parameter' | 'function';
  /** The shape, or what a function makes of one. */
  detail: string;
  info: string;
}

const FUNCTION_SHAPES: Record<FunctionKind, string> = {
  elementwise: 'of every number',
  tokens: 'tokens to one number a response',
  group: 'a group to one number',
  'group-wise': 'within the group',
  batch: 'the batch to one number',
  'batch-wise': 'within the batch',
};

/** Parameters first, then quantities, then functions. */
export function completions({ setting, parameters }: Vocabulary): Completion[] {
  return [
    ...parameters.map((label): Completion => ({
      label,
      kind: 'parameter',
      detail: 'one number',
      info: 'a number that you set',
    })),
    ...[...quantities[setting]].map(([label, { shape, help, needs }]): Completion => {
      const info = needs === null ? help : `${help}; needs ${NEEDS[needs]}`;
      return { label, kind: 'quantity', detail: describeShape(shape), info };
    }),
    ...[...functions].map(([label, { kind, help }]): Completion => ({
      label,
      kind: 'function',
      detail: FUNCTION_SHAPES[kind],
      info: help,
    })),
  ];
}
