/** Tastes: what somebody could want of a review. Ground truth for the oracle, and for checking what a model has learned. */
import type { PreferenceRule, Scores } from '../world.ts';

const of = (scores: Scores, key: string): number => scores[key] as number;

export const RULES: readonly PreferenceRule[] = [
  { name: 'positive', title: 'Positive', help: 'the happier review', utility: (s) => of(s, 'sentiment') },
  { name: 'negative', title: 'Negative', help: 'the unhappier review', utility: (s) => -of(s, 'sentiment') },
  {
    name: 'balanced',
    title: 'Balanced',
    help: 'the review that is closer to neutral',
    utility: (s) => -Math.abs(of(s, 'sentiment')),
  },
  { name: 'short', title: 'Short', help: 'the shorter review', utility: (s) => -of(s, 'length') },
  { name: 'long', title: 'Long', help: 'the longer review', utility: (s) => of(s, 'length') },
  {
    name: 'formal',
    title: 'Formal',
    help: 'the more formally worded review',
    utility: (s) => of(s, 'formality'),
  },
  {
    name: 'casual',
    title: 'Casual',
    help: 'the more casually worded review',
    utility: (s) => -of(s, 'formality'),
  },
  {
    name: 'concrete',
    title: 'Concrete',
    help: 'the review that names more parts of the thing asked about',
    utility: (s) => of(s, 'focus'),
  },
  {
    name: 'vague',
    title: 'Vague',
    help: 'the review that names fewer parts of the thing asked about',
    utility: (s) => -of(s, 'focus'),
  },
  {
    name: 'positive-short',
    title: 'Positive and short',
    help: 'the happier review, where one point of sentiment is worth ten words',
    utility: (s) => of(s, 'sentiment') - of(s, 'length') / 10,
  },
];
