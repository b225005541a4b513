/** All lessons in the order of their folders: `lessons/NN-part/NN-lesson/lesson.ts`. Adding one touches no other file. */
import type { Lesson, PlacedLesson } from './lesson.ts';

const found = import.meta.glob<Lesson>('../../lessons/*/*/lesson.ts', { eager: true, import: 'lesson' });

const withoutNumber = (folder: string | undefined): string => (folder ?? '').replace(/^\d+-/, '');

export const lessons: readonly PlacedLesson[] = Object.entries(found)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([path, lesson]) => {
    const [folder, part] = path.split('/').slice(0, -1).reverse();
    return { ...lesson, part: withoutNumber(part), slug: withoutNumber(folder) };
  });
