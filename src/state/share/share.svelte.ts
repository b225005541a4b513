/** What a link to a page says, as a link and as a file. The same state gives the same text, however often it is asked. Loads lazily. */
import type { World } from '../../worlds/world.ts';
import type { Issue } from '../../base/errors.ts';
import { counted } from '../../charts/format.ts';
import { objectives } from '../../objectives/index.ts';
import { FILE_ENDING, writeSharedFile, type Linked } from '../../links/codec.ts';
import { fittingLink } from '../../links/fit.ts';
import { CURVES, type Seen } from '../../links/seen.ts';
import type { LabState, RaceState, SharedState } from '../../links/shared.ts';
import { LONGEST_NOTE } from '../../links/shown.ts';
import { controlsOf, PANELS, type Control, type PanelId } from '../../links/view.ts';
import type { DataSource } from '../../links/data.ts';
import type { Recipe } from '../../recipes/schema.ts';
import { ENGINE, TOLERANCE } from '../../runs/receipt.ts';
import { lastRecipe } from '../../runs/story.ts';
import { plainName } from '../data/own-share.ts';
import type { Shareable } from './shareable.ts';

/** What readers take: plain text of this length. */
export const LONGEST_TITLE = 80;
const UNPLAIN = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

export class Share {
  title = $state('');
  /** A sentence or two to whoever opens it. */
  note = $state('');
  /** Whether it shows what was seen of the run, where anything was. */
  shows = $state(true);
  /** What the file of a run on one's own data is called by whoever opens it; '' for nothing. */
  fileName = $state('');
  hide = $state.raw<readonly PanelId[]>([]);
  lock = $state.raw<readonly string[] | 'all'>([]);
  /** The page as it was when the dialog was opened; null while that is being asked for. */
  taken = $state.raw<SharedState | null>(null);
  issues = $state.raw<readonly Issue[]>([]);
  linked = $state.raw<Linked | null>(null);
  /** What the link has room for of what was seen. */
  carried = $state.raw<Seen | null>(null);

  readonly panels: readonly [PanelId, string][] = $derived(
    this.taken ? (Object.entries(PANELS[this.taken.kind]) as [PanelId, string][]) : [],
  );
  readonly controls: readonly Control[] = $derived(this.taken ? controlsIn(this.taken) : []);
  readonly holds: readonly string[] = $derived(this.taken ? whatItHolds(this.taken) : []);
  readonly state: SharedState | null = $derived(this.taken && this.#viewed(this.taken));
  #asked = 0;
  #world: World | null = null;

  constructor({ title = '', note = '', view }: Shareable) {
    this.title = title;
    this.note = note;
    this.hide = view.hide;
    this.lock = view.lock;
  }

  /** What was seen of the run; a file carries all of it. */
  get seen(): Seen | null {
    return this.taken?.kind === 'lab' ? (this.taken.seen ?? null) : null;
  }

  /** Takes the page as it is now. */
  async take({ take, loadWorld }: Shareable): Promise<void> {
    this.taken = null;
    this.issues = [];
    const [taken, world] = await Promise.all([take(), loadWorld()]);
    this.#world = world;
    if (!taken.ok) return void (this.issues = taken.issues);
    this.taken = taken.value;
    this.fileName = taken.value.kind === 'lab' ? (taken.value.data?.file ?? '') : '';
  }

  /** Writes the link to what was taken; the newest one wins. */
  async write(state: SharedState): Promise<void> {
    const asked = ++this.#asked;
    if (!this.#world) return; // nothing is taken yet
    const { linked, seen } = await fittingLink(state, this.#world);
    if (asked !== this.#asked) return;
    this.linked = linked;
    this.carried = seen;
    if ('issues' in linked) this.issues = linked.issues;
  }

  #viewed(state: SharedState): SharedState {
    const title = plain(this.title, LONGEST_TITLE);
    const note = plain(this.note, LONGEST_NOTE);
    const { title: _title, note: _note, ...taken } = state;
    const rest = taken.kind === 'lab' ? this.#told(taken) : taken;
    return {
      ...rest,
      view: { hide: this.hide, lock: this.lock },
      ...(title !== '' && { title }),
      ...(note !== '' && { note }),
    };
  }

  #told({ seen, data, ...taken }: LabState): LabState {
    return {
      ...taken,
      ...(data && { data: { ...data, file: plainName(this.fileName) } }),
      ...(seen && this.shows && { seen }),
    };
  }

  /** Name and text of a file; null where the state is too much even for that. */
  file(state: SharedState): { name: string; text: string } | null {
    if (!this.#world) return null;
    const text = writeSharedFile(state, this.#world);
    if (!text.ok) {
      this.issues = text.issues;
      return null;
    }
    const plain = (state.title ?? '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '');
    return { name: `${plain || 'swayground'}${FILE_ENDING}`, text: text.value };
  }

  setHidden(panel: PanelId, hidden: boolean): void {
    const order = this.panels.map(([id]) => id);
    this.hide = order.filter((id) => (id === panel ? hidden : this.hide.includes(id)));
  }

  setLocked(path: string, locked: boolean): void {
    if (this.lock === 'all') return;
    const { lock } = this;
    this.lock = this.controls
      .map((one) => one.path)
      .filter((one) => (one === path ? locked : lock.includes(one)));
  }
}

const plain = (text: string, longest: number): string => text.replace(UNPLAIN, ' ').trim().slice(0, longest);

/** How much of what was seen is in it. */
export function amountOf(seen: Seen): string {
  const points = Math.max(0, ...CURVES.map((name) => seen[name]?.steps.length ?? 0));
  const samples = seen.samples?.after.length ?? 0;
  return [
    ...(points > 0 ? [`${counted(points, 'point')} a curve`] : []),
    ...(samples > 0 ? [counted(samples, 'sample')] : []),
  ].join(', ');
}

function controlsIn(state: SharedState): Control[] {
  if (state.kind === 'lab') return controlsOf('lab', [lastRecipe(state.story)]);
  return controlsOf(
    'race',
    state.arms.map(({ recipe }) => recipe),
  );
}

/** What it holds, a sentence each. */
export function whatItHolds(state: SharedState): string[] {
  return state.kind === 'lab' ? labHolds(state) : raceHolds(state);
}

function raceHolds({ arms, seeds }: RaceState): string[] {
  const recipe = arms[0]?.recipe;
  if (!recipe) return [];
  const { labels, loop, model, seed } = recipe;
  return [
    `${counted(arms.length, 'arm')}: ${arms.map(({ name }) => name).join('; ')}.`,
    `${counted(seeds, 'seed')} from ${seed} on, ${counted(loop.steps, 'step')} a run.`,
    `${counted(labels.count, 'pair')} labelled by the rule ${labels.rule}.`,
    `The ${model.size} model; every number as it is set.`,
    'No results: whoever opens it runs the race.',
  ];
}

function labHolds({ story, receipt, data }: LabState): string[] {
  const last = lastRecipe(story);
  const { labels, loop, model, objective, seed } = last;
  const { title } = objectives.get(objective.name) ?? { title: objective.name };
  const loss =
    objective.formula === null ? `The loss ${title}.` : `A formula of one’s own, which began as ${title}.`;
  const byOracle =
    labels.count > 0 ? `${counted(labels.count, 'pair')} labelled by the rule ${labels.rule}` : '';
  const byHand = labels.recorded.length > 0 ? counted(labels.recorded.length, 'label') : '';
  const said = [byHand, byOracle].filter((part) => part !== '').join(' and ');
  const changes = story.changes.length;
  const made =
    receipt === null
      ? `${counted(loop.steps, 'step')} to make, none made yet.`
      : `${counted(receipt.steps, 'step')} made${changes > 0 ? `, with ${counted(changes, 'change')} on the way` : ''}.`;
  return [
    loss,
    said === '' ? 'No labels.' : `${said}.`,
    `The ${model.size} model, seed ${seed}; every number as it is set.`,
    ...(model.digest === undefined
      ? []
      : [`Not the model that it starts from (digest ${model.digest}): whoever opens it needs its files.`]),
    ...(model.reference === undefined
      ? []
      : [
          `Not the model from outside that measures it (SHA-256 ${model.reference.sha256}): whoever trains it needs that file.`,
        ]),
    made,
    receiptWords(receipt),
    ...(data === undefined ? [] : dataWords(data, last)),
  ];
}

/** What of the data is in it, and what is not. */
function dataWords({ vocabulary, words, context, base }: DataSource, { world, labels }: Recipe): string[] {
  const written = labels.recorded.filter(({ pair }) => pair.kind === 'given').length;
  const kind = vocabulary === 'bpe' ? 'pieces of words' : 'whole words';
  return [
    'The data itself is not in this link: whoever opens it needs the file.',
    `How the file is read (at most ${words} ${kind}, context ${context}) and the digest of what comes of it, ${world}.`,
    `How its model was taught: ${counted(base.made, 'step')}, seed ${base.seed}.`,
    ...(written === 0
      ? []
      : [`Labelled responses that a model wrote (${written} pairs), as numbers of tokens.`]),
  ];
}

function receiptWords(receipt: LabState['receipt']): string {
  if (receipt === null) return 'No receipt, since nothing has been trained: there is nothing to verify.';
  if (receipt.digest !== null) {
    return `A receipt of engine ${receipt.engine} (${receipt.digest}): whoever opens it can verify the run bit for bit on WASM.`;
  }
  return `A receipt of engine ${ENGINE}, without bits, since not all of the run was computed on WASM: it can be verified within a tolerance of ${100 * TOLERANCE}%.`;
}
