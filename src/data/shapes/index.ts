/** The table of shapes. Where rows fit several, the earlier one is taken. */
import { argilla } from './argilla.ts';
import { labelStudio } from './label-studio.ts';
import { conversational, explicit, implicit, openPreference } from './preference.ts';
import { ranked } from './ranked.ts';
import type { Mapping, Shape } from './shape.ts';
import { stepwise } from './stepwise.ts';
import { twoResponses } from './two-responses.ts';
import { openUnpaired, unpaired } from './unpaired.ts';

export const SHAPES: readonly Shape[] = [
  explicit,
  implicit,
  conversational,
  labelStudio,
  argilla,
  twoResponses,
  ranked,
  stepwise,
  unpaired,
];

/** The shape that a mapping by hand makes. */
export const mapped: Shape = {
  name: 'mapped by hand',
  recognises: 'any columns, by a mapping',
  becomes: 'As the mapping says: chosen and rejected, or completion and label.',
  match: () => null,
  open: (mapping: Mapping) =>
    mapping.completion === undefined ? openPreference(mapping) : openUnpaired(mapping),
};
