/**
 * A lesson at work: which step is in view, what was predicted and found, and which tasks the state of the run says are done. Its Lab
 * is one of its own, in memory, so that nothing of the visitor's own work is touched. One writer: this class.
 */
import { worldsOf } from '../worlds/index.ts';
import { createContext } from 'svelte';
import type { LessonStep, PlacedLesson, Seen } from '../lessons/lesson.ts';
import { PANELS, type PanelId, type View } from '../links/view.ts';
import type { Lab } from './lab/lab.svelte.ts';
import type { RewardPage } from './reward/reward.svelte.ts';

/** What is kept of a lesson between visits, under a name that `/reset/` knows for the site's own. */
interface LessonProgress {
  done: string[];
  /** By step: the choice that was made before the run. */
  predicted: Record<string, number>;
  /** By step: which choice came true, and the figures. */
  came: Record<string, number>;
  found: Record<string, string>;
}

const NOTHING: LessonProgress = { done: [], predicted: {}, came: {}, found: {} };
const LAB_PANELS = Object.keys(PANELS.lab) as PanelId[];

export class LessonState {
  /** The step in view; the first one until the address says another. */
  id = $state('');
  /** False in the page as it came: then all steps are in view, to be read. */
  guided = $state(false);
  progress = $state.raw<LessonProgress>(NOTHING);
  /** The reward model of the steps that have one, once such a step was come to. */
  reward = $state.raw<RewardPage | null>(null);
  /** The setups that the Lab and the reward model were set to last. */
  #setup: string | undefined;
  #given: string | undefined;
  #key: string;

  constructor(
    readonly lesson: PlacedLesson,
    readonly lab: Lab,
    /** Panels that the address hides, whatever the step shows. */
    private readonly hidden: () => readonly PanelId[],
  ) {
    this.#key = `swayground-lesson-${lesson.slug}`;
    this.id = (lesson.steps[0] as LessonStep).id;
  }

  get index(): number {
    return Math.max(
      0,
      this.lesson.steps.findIndex(({ id }) => id === this.id),
    );
  }

  get step(): LessonStep {
    return this.lesson.steps[this.index] as LessonStep;
  }

  get done(): boolean {
    return this.step.task === undefined || this.lacks || this.progress.done.includes(this.id);
  }

  /** The link hides the panel that the task is done in: the step is to be read. */
  get lacks(): boolean {
    const panel = this.step.task?.with;
    return panel !== undefined && this.hidden().includes(panel);
  }

  /** A run waits until the visitor has said what they expect of it. */
  get asks(): boolean {
    return this.step.predict !== undefined && !this.lacks && this.progress.predicted[this.id] === undefined;
  }

  /** With the page's scripts: what was done before comes back, and the steps are shown one by one. */
  begin(): void {
    try {
      this.progress = readProgress(localStorage.getItem(this.#key));
    } catch {
      // Without storage the progress lasts as long as the page.
    }
    this.guided = true;
  }

  /** Turns to a step; one that the lesson does not have is its first. */
  async turnTo(id: string): Promise<void> {
    const { lesson, lab } = this;
    const step = lesson.steps.find((one) => one.id === id) ?? (lesson.steps[0] as LessonStep);
    this.id = step.id;
    lab.view = this.#view(step);
    if (step.reward !== undefined) await this.#give(step.reward);
    const setup = this.#setupOf(step);
    if (setup === undefined || setup === this.#setup) return;
    this.#setup = setup;
    const [{ checkRecipe }, { storyOf }, world] = await Promise.all([
      import('../recipes/check.ts'),
      import('../runs/story.ts'),
      lab.loadWorld(),
    ]);
    const checked = checkRecipe(lesson.setups[setup], worldsOf(world));
    if (!checked.ok) throw new Error(`The setup ${setup} of the lesson ${lesson.slug} is no recipe.`);
    const story = storyOf(checked.value.recipe);
    await lab.adopt({ kind: 'lab', story, receipt: null, view: this.#view(step) });
    lab.view = this.#view(this.step);
    if (this.#setup === setup) await lab.openRun();
  }

  /** A step without one goes on with what the Lab holds: after a reload that is what the steps before it had set it to. */
  #setupOf(step: LessonStep): string | undefined {
    if (step.setup !== undefined || this.#setup !== undefined || step.reward !== undefined) return step.setup;
    const { steps } = this.lesson;
    return steps.slice(0, steps.indexOf(step)).findLast(({ setup }) => setup !== undefined)?.setup;
  }

  async #give(name: string): Promise<void> {
    if (name === this.#given) return;
    this.#given = name;
    const { lesson, lab } = this;
    const [{ checkRecipe }, { RewardPage: Page }, world] = await Promise.all([
      import('../recipes/check.ts'),
      import('./reward/reward.svelte.ts'),
      lab.loadWorld(),
    ]);
    const checked = checkRecipe(lesson.rewards?.[name], worldsOf(world), 'reward');
    if (!checked.ok) throw new Error(`The reward model ${name} of the lesson ${lesson.slug} is no recipe.`);
    this.reward ??= new Page([], lab.worldSummary);
    this.reward.site = lab.run.site;
    this.reward.give(checked.value.recipe);
  }

  /** The page is left. */
  leave(): void {
    this.reward?.close();
    void this.lab.run.leave();
  }

  #view({ show }: LessonStep): View {
    const hide = LAB_PANELS.filter((panel) => !show.includes(panel) || this.hidden().includes(panel));
    return { hide, lock: [] };
  }

  predict(choice: number): void {
    this.#keep({ predicted: { ...this.progress.predicted, [this.id]: choice } });
  }

  /** To be called whenever the Lab has changed: a task is done when its state says so, and stays done. */
  look(): void {
    const { step, progress } = this;
    if (this.asks || this.lacks || !step.task || progress.done.includes(step.id)) return;
    // what the curves hold is of the loss before
    if (this.lab.run.lossesOnTheWay > 0) return;
    const seen = seenOf(this.lab, this.reward);
    if (!step.task.done(seen)) return;
    this.#keep({
      done: [...progress.done, step.id],
      ...(step.predict && { came: { ...progress.came, [step.id]: step.predict.came(seen) } }),
      ...(step.finding && { found: { ...progress.found, [step.id]: step.finding.figures(seen) } }),
    });
  }

  /** As if it had never been read. */
  forget(): void {
    this.progress = NOTHING;
    try {
      localStorage.removeItem(this.#key);
    } catch {
      // There was nothing to take away.
    }
  }

  #keep(change: Partial<LessonProgress>): void {
    this.progress = { ...this.progress, ...change };
    try {
      localStorage.setItem(this.#key, JSON.stringify(this.progress));
    } catch {
      // Without storage the progress lasts as long as the page.
    }
  }
}

function seenOf(lab: Lab, reward: RewardPage | null): Seen {
  const { labelling, run, settings, curves } = lab;
  const { name, formula, parameters, own } = settings.objective;
  return {
    labels: labelling.log.filter(({ choice }) => choice !== 'skip').length,
    automatic: labelling.automatic,
    step: run.step,
    steps: settings.get('loop.steps'),
    objective: name,
    formula,
    parameters: { ...parameters, ...own },
    lossFrom: run.lossFrom,
    ...curves.table,
    reward: reward && { step: reward.step, steps: reward.choices.steps, audit: reward.audit },
  };
}

/** What lies in the storage may be anybody's. */
function readProgress(text: string | null): LessonProgress {
  if (text === null) return NOTHING;
  try {
    const { done, predicted, came, found } = JSON.parse(text) as Partial<
      Record<keyof LessonProgress, unknown>
    >;
    const record = <T>(value: unknown, type: 'number' | 'string'): Record<string, T> =>
      typeof value === 'object' && value !== null
        ? (Object.fromEntries(Object.entries(value).filter(([, one]) => typeof one === type)) as Record<
            string,
            T
          >)
        : {};
    return {
      done: Array.isArray(done) ? done.filter((one) => typeof one === 'string') : [],
      predicted: record(predicted, 'number'),
      came: record(came, 'number'),
      found: record(found, 'string'),
    };
  } catch {
    return NOTHING;
  }
}

/** How much of a lesson is done, for lists of lessons: steps with a task, done and in all. */
export function progressOf({ slug, steps }: PlacedLesson): { done: number; of: number } {
  const of = steps.filter(({ task }) => task).length;
  try {
    return { done: readProgress(localStorage.getItem(`swayground-lesson-${slug}`)).done.length, of };
  } catch {
    return { done: 0, of };
  }
}

export const [useLesson, provideLesson] = createContext<LessonState>();
