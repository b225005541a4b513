/** A person, whose labels were recorded elsewhere: this labeler only looks them up. */
import type { Labeler } from './labeler.ts';

export const labeler: Labeler = {
  name: 'human',
  title: 'A person',
  description: 'Says what a person said; pairs that the person skipped or has not come to yet have no label.',
  parameters: {},
  onlyRecorded: true,
  open({ recorded = [] }) {
    return { label: (_pair, index) => recorded[index]?.choice };
  },
};
