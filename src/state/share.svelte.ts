/** What a link to the Lab says, as a link and as a file. The same state gives the same text, however often it is asked. Loads lazily. */
import type { Issue } from '../base/errors.ts';
import { counted } from '../charts/format.ts';
import { objectives } from '../objectives/index.ts';
import { FILE_ENDING, linkOf, writeSharedFile, type Linked } from '../recipes/link/codec.ts';
import type { LabState } from '../recipes/link/shared.ts';
import { controlsOf, PANELS, type Control, type PanelId } from '../recipes/link/view.ts';
import { ENGINE, TOLERANCE } from '../recipes/receipt.ts';
import { canonicalText, checkRecipe, type Recipe } from '../recipes/schema.ts';
import { lastRecipe, storyOf } from '../recipes/story.ts';
import type { Lab } from './lab.svelte.ts';

/** What readers take: plain text of this length. */
export const LONGEST_TITLE = 80;
const UNPLAIN = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

export const LAB_PANELS = Object.entries(PANELS.lab) as [keyof (typeof PANELS)['lab'], string][];

export class Share {
  title = $state('');
  hide = $state.raw<readonly PanelId[]>([]);
  lock = $state.raw<readonly string[] | 'all'>([]);
  /** The Lab as it was when the dialog was opened; null while that is being asked for. */
  taken = $state.raw<Pick<LabState, 'story' | 'receipt' | 'prompt'> | null>(null);
  issues = $state.raw<readonly Issue[]>([]);
  linked = $state.raw<Linked | null>(null);

  readonly recipe: Recipe | null = $derived(this.taken && lastRecipe(this.taken.story));
  readonly controls: readonly Control[] = $derived(this.recipe ? controlsOf('lab', this.recipe) : []);
  readonly holds: readonly string[] = $derived(this.taken ? whatItHolds(this.taken) : []);
  readonly state: LabState | null = $derived(this.taken && this.#stateOf(this.taken));
  #asked = 0;

  constructor(private readonly lab: Lab) {}

  /** Takes the Lab as it is now. What was brought and is as it came is passed on with its receipt. */
  async take(brought: LabState | null): Promise<void> {
    this.taken = null;
    this.issues = [];
    const { run } = this.lab;
    const told = run.alive && run.step > 0 ? await run.told() : null;
    const prompt = this.lab.picture.prompt;
    if (told) {
      this.taken = { ...told, prompt };
      return;
    }
    const recipe = checkRecipe(this.lab.recipe());
    if (recipe.ok && brought && isAsItCame(recipe.value, brought)) this.taken = brought;
    else if (recipe.ok) this.taken = { story: storyOf(recipe.value), receipt: null, prompt };
    else this.issues = recipe.issues;
  }

  /** Writes the link to what was taken; the newest one wins. */
  async write(state: LabState): Promise<void> {
    const asked = ++this.#asked;
    const linked = await linkOf(state);
    if (asked !== this.#asked) return;
    this.linked = linked;
    if ('issues' in linked) this.issues = linked.issues;
  }

  #stateOf({ story, receipt, prompt }: Pick<LabState, 'story' | 'receipt' | 'prompt'>): LabState {
    const title = this.title.replace(UNPLAIN, ' ').trim().slice(0, LONGEST_TITLE);
    const view = { hide: this.hide, lock: this.lock };
    const more = { ...(prompt !== undefined && { prompt }), ...(title !== '' && { title }) };
    return { kind: 'lab', story, receipt, view, ...more };
  }

  /** Name and text of a file; null where the state is too much even for that. */
  file(state: LabState): { name: string; text: string } | null {
    const text = writeSharedFile(state);
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
    const order = LAB_PANELS.map(([id]) => id);
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

const isAsItCame = (recipe: Recipe, { story }: LabState): boolean =>
  canonicalText(recipe) === canonicalText(lastRecipe(story));

/** What it holds, a sentence each. */
export function whatItHolds({ story, receipt }: Pick<LabState, 'story' | 'receipt'>): string[] {
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
    made,
    receiptWords(receipt),
  ];
}

function receiptWords(receipt: LabState['receipt']): string {
  if (receipt === null) return 'No receipt, since nothing has been trained: there is nothing to verify.';
  if (receipt.digest !== null) {
    return `A receipt of engine ${receipt.engine} (${receipt.digest}): whoever opens it can verify the run bit for bit on WASM.`;
  }
  return `A receipt of engine ${ENGINE}, without bits, since not all of the run was computed on WASM: it can be verified within a tolerance of ${100 * TOLERANCE}%.`;
}
