// The text of the one lesson that is asked for; the others are not fetched.
import { error } from '@sveltejs/kit';
import type { Component } from 'svelte';
import type { PageLoad } from './$types';

const texts = import.meta.glob<Component>('../../../../lessons/*/*/text.svx', { import: 'default' });

export const load: PageLoad = async ({ data, params }) => {
  const text = Object.entries(texts).find(([path]) => path.endsWith(`-${params.lesson}/text.svx`))?.[1];
  if (!text) error(404, `There is no lesson ${params.lesson}.`);
  return { ...data, Text: await text() };
};
