// The layer rule: a folder of src/ imports only from itself and from folders above it in `floors`; no circles.
// A new folder of src/ needs its row here; tests/pure/layers.test.ts says so.
// Folders on one row stand side by side and do not import each other.
const floors = [
  ['base'],
  ['engine'],
  ['models'],
  ['formulas'],
  ['objectives'],
  ['worlds'],
  ['data'],
  ['labelers'],
  ['metrics'],
  ['training'],
  ['recipes'],
  ['runs'],
  ['links'],
  ['papers', 'exports', 'glossary', 'lessons'],
  ['storage'],
  ['session', 'service-worker'],
  ['cli'],
  ['charts'],
  ['state'],
  ['components'],
  ['routes'],
];

const src = (folders) => `^src/(${folders.join('|')})/`;
const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const down = floors.flatMap((row, i) =>
  row.map((folder) => {
    const reachable = [folder, ...floors.slice(0, i).flat()].filter(
      (name) => name === folder || name !== 'cli',
    );
    return error(
      `layer-${folder}`,
      `src/${folder} may import only: ${reachable.join(', ')}`,
      { path: src([folder]) },
      // The page's handles name the addresses of their workers (`?worker&url`) and have nothing of them.
      {
        path: '^(src|workers|tests|bench|scripts)/',
        pathNot:
          folder === 'session' ? `${src(reachable)}|^workers/(trainer|frozen|data)\\.ts$` : src(reachable),
      },
    );
  }),
);

const belowThePage = floors
  .slice(
    0,
    floors.findIndex((row) => row.includes('charts')),
  )
  .flat();

module.exports = {
  forbidden: [
    ...down,
    error(
      'no-circles',
      'Two files that need each other are one file, or need a third.',
      {},
      { circular: true },
    ),
    error(
      'workers',
      'A worker imports from src/ down from session; no page.',
      { path: '^workers/' },
      { path: '^src/', pathNot: src(belowThePage.filter((name) => name !== 'cli')) },
    ),
    error(
      'backend-is-types',
      'backend.ts is an interface: it imports types of the engine and nothing else.',
      { path: '^src/engine/backend\\.ts$' },
      { dependencyTypesNot: ['type-only'] },
    ),
    error(
      'open-alone',
      'Only src/engine/open.ts picks a backend; a backend does not import another.',
      { path: '^(src|workers)/', pathNot: '^src/engine/(open\\.ts$|(reference|wasm|webgpu)/)' },
      { path: '^src/engine/(reference|wasm|webgpu)/' },
    ),
    error(
      'backends-apart',
      'A backend does not import another.',
      { path: '^src/engine/(reference|wasm|webgpu)/' },
      { path: '^src/engine/(reference|wasm|webgpu)/', pathNot: '^src/engine/$1/' },
    ),
    error(
      'no-svelte-below-the-page',
      'The command line and the workers run without Svelte.',
      { path: [src(belowThePage), '^workers/'] },
      { path: '^node_modules/(svelte|@sveltejs|bits-ui)/' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true, // types count too
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/engine/wasm/assembly/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'svelte', 'default'] },
  },
};
