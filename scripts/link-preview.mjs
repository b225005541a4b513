// Draws public/link-preview.png, what a shared link shows of the site: its name, and the rewards of a real run, which is trained
// here. Colours and fonts are the site's own. `node scripts/link-preview.mjs`; needs a Chromium, as the tests do.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { findBrowser } from './browser.mjs';
import { root } from './install.mjs';

const WIDTH = 1200;
const HEIGHT = 630;
/** Where the curves are drawn, in pixels of the picture. */
const PLOT = { left: 660, right: 985, top: 150, bottom: 480 };

const styles = (name) => readFileSync(join(root, 'src/components/styles', name), 'utf8');
const require = createRequire(import.meta.url);
const fonts = styles('fonts.css').replace(/url\('([^']+)'\)/g, (_, file) => {
  return `url('data:font/woff2;base64,${readFileSync(require.resolve(file)).toString('base64')}')`;
});

/** Metrics of 100 steps of DPO on 200 labels of the oracle. */
function train() {
  const folder = mkdtempSync(join(tmpdir(), 'swayground-preview-'));
  const file = join(folder, 'recipe.json');
  writeFileSync(
    file,
    JSON.stringify({ version: 1, world: 'reviews', labels: { rule: 'positive', count: 200 } }),
  );
  const told = execFileSync(process.execPath, [join(root, 'scripts/sway.mjs'), 'run', file, '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  rmSync(folder, { recursive: true });
  return JSON.parse(told).metrics;
}

const metrics = train();
const curves = [
  { tone: 'chosen', values: metrics.map((row) => row['rewards/chosen']) },
  { tone: 'rejected', values: metrics.map((row) => row['rewards/rejected']) },
];
const reach = Math.max(...curves.flatMap(({ values }) => values.map(Math.abs)));
const middle = (PLOT.top + PLOT.bottom) / 2;
const x = (i) => PLOT.left + (i / (metrics.length - 1)) * (PLOT.right - PLOT.left);
const y = (value) => middle - (value / reach) * (PLOT.bottom - middle);
/** The mean of the last nine values, so that the line is of training and not of single batches. */
const calm = (values) =>
  values.map((_, i) => {
    const near = values.slice(Math.max(0, i - 8), i + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
const line = (values) =>
  values.map((value, i) => `${i ? 'L' : 'M'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join('');
const drawn = curves.map(({ tone, values }) => ({ tone, values, smooth: calm(values) }));

const html = `<!doctype html><html lang="en" data-theme="light"><style>
${fonts} ${styles('tokens.css')}
body { margin: 0; width: ${WIDTH}px; height: ${HEIGHT}px; background: var(--paper); color: var(--ink); font: 400 30px/1.4 var(--text); }
main { position: absolute; inset: 72px auto auto 80px; width: 500px; }
.name { display: flex; align-items: center; gap: 18px; margin: 0 0 56px; font-weight: 640; }
h1 { margin: 0 0 32px; font-size: 66px; font-weight: 560; line-height: 1.08; letter-spacing: -0.015em; }
p { margin: 0; color: var(--ink-soft); }
p.name { color: var(--ink); }
.more { position: absolute; top: 500px; }
svg.plot { position: absolute; inset: 0; }
path { fill: none; stroke-width: 5; stroke-linejoin: round; stroke-linecap: round; }
.raw { stroke-width: 2; opacity: 0.28; }
.chosen { stroke: var(--chosen); } .rejected { stroke: var(--rejected); }
.calm.rejected { stroke-dasharray: 14 9; stroke-linecap: butt; }
text { stroke: none; font: 620 30px var(--text); }
text.chosen { fill: var(--chosen); } text.rejected { fill: var(--rejected); }
text.soft { fill: var(--ink-soft); font: 400 22px var(--mono); }
.zero { stroke: var(--line-strong); stroke-width: 1.5; stroke-dasharray: 3 5; }
</style><main>
<p class="name"><svg viewBox="0 0 24 16" width="48" height="32">
  <rect y="1" width="24" height="6" fill="var(--policy)"/><rect y="10" width="14" height="4" fill="var(--reference)"/></svg>Swayground</p>
<h1>Teach a tiny language model your taste</h1>
<p>It trains in your browser, on your labels. Nothing is sent anywhere.</p></main>
<svg class="plot" width="${WIDTH}" height="${HEIGHT}">
<line class="zero" x1="${PLOT.left}" x2="${PLOT.right}" y1="${middle}" y2="${middle}"/>
<text class="soft" x="${PLOT.left}" y="${PLOT.bottom + 70}">step 0</text>
<text class="soft" x="${PLOT.right}" y="${PLOT.bottom + 70}" text-anchor="end">${metrics.length}</text>
<text class="soft" x="${PLOT.left}" y="${PLOT.top - 46}">reward, DPO</text>
${drawn.map(({ tone, values }) => `<path class="raw ${tone}" d="${line(values)}"/>`).join('')}
${drawn.map(({ tone, smooth }) => `<path class="calm ${tone}" d="${line(smooth)}"/>`).join('')}
${drawn
  .map(
    ({ tone, smooth }) =>
      `<text class="${tone}" x="${PLOT.right + 22}" y="${y(smooth.at(-1)) + 10}">${tone}</text>`,
  )
  .join('')}
</svg></html>`;

const browser = await chromium.launch({ executablePath: await findBrowser(), args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
await page.setContent(html);
await page.evaluate(() => document.fonts.ready);
await page.screenshot({ path: join(root, 'public/link-preview.png') });
await browser.close();
