// Runs at build time only: one page for every lesson, with the Lab's first picture in it.
import { lessons } from '../../../lessons/index.ts';
import { load as labPage } from '../../lab/+page.server.ts';

export const entries = (): { lesson: string }[] => lessons.map(({ slug }) => ({ lesson: slug }));

export const load = labPage;
