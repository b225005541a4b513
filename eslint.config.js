// Linting: TypeScript strict, Svelte, and what keeps the layers below the page deterministic.
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const deterministic =
  'src/{base,engine,models,formulas,objectives,worlds,labelers,metrics,training,recipes,runs,links,storage}/**/*.ts';

const useStream =
  'Takes its value from outside the recipe. Draw from a named stream of src/base/random.ts, or take it as an argument.';
const clockAndChance = [
  { object: 'Math', property: 'random', message: useStream },
  { object: 'Date', property: 'now', message: useStream },
  { object: 'performance', property: 'now', message: useStream },
];

const useMaths = 'Differs in the last bits between browsers. Use src/base/maths.ts.';
const inexact =
  'exp expm1 log log1p log2 log10 pow cbrt hypot sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh'
    .split(' ')
    .map((property) => ({ object: 'Math', property, message: useMaths }));

const noNewDate = { selector: 'NewExpression[callee.name="Date"]', message: useStream };
const noPower = {
  selector: 'BinaryExpression[operator="**"], AssignmentExpression[operator="**="]',
  message: `\`**\` is Math.pow. ${useMaths}`,
};

export default defineConfig(
  {
    ignores: [
      'build/',
      '.svelte-kit/',
      '.cache/',
      'test-results/',
      'playwright-report/',
      'src/engine/wasm/assembly/',
    ],
  },
  js.configs.recommended,
  ts.configs.strict,
  svelte.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // Array reads are `T | undefined` (noUncheckedIndexedAccess); in kernels the `!` says "in range".
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-undef': 'off', // TypeScript's own work
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
    },
  },
  {
    files: ['{src,workers,tests,bench}/**/*.ts'],
    ignores: ['**/*.svelte.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig } },
    rules: { 'prefer-const': 'off', 'svelte/prefer-const': 'error' }, // `let { x } = $props()` stays `let`
  },
  {
    files: ['{src,workers}/**/*.{ts,svelte}'],
    ignores: ['src/cli/**'],
    rules: { 'no-console': 'error' },
  },
  {
    files: [deterministic],
    rules: {
      'no-restricted-properties': ['error', ...clockAndChance, ...inexact],
      'no-restricted-syntax': ['error', noNewDate, noPower],
    },
  },
  {
    // The oracle is float64 and compared within tolerances; the library's maths is the better witness there.
    files: ['src/engine/reference/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', ...clockAndChance],
      'no-restricted-syntax': ['error', noNewDate],
    },
  },
);
