/** A model from outside, whose labels were given where it ran: this labeler only looks them up. */
import type { Labeler } from './labeler.ts';

export const labeler: Labeler = {
  name: 'judge',
  title: 'A model from outside',
  description: 'Says what a model from outside preferred when it was asked; other pairs have no label.',
  parameters: {},
  onlyRecorded: true,
  open({ recorded = [] }) {
    return { label: (_pair, index) => recorded[index]?.choice };
  },
};
