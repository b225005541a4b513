// Lessons' texts: Markdown that is compiled to a component.
declare module '*.svx' {
  import type { Component } from 'svelte';
  const component: Component;
  export default component;
}
