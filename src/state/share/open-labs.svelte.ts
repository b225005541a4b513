/**
 * The two Labs of the page: the visitor's own, and one that a link or file has brought, which lives in memory alone. While
 * that one is looked at, nothing touches the other. What reads links loads with the first of them. One writer: this class.
 */
import type { Checked, Issue } from '../../base/errors.ts';
import type { LabState, SharedState } from '../../links/shared.ts';
import type { Lab } from '../lab/lab.svelte.ts';
import { isLinkHash } from './link-hash.ts';
import type { Visit } from './visit.svelte.ts';
import { UNLOADED } from './unloaded.ts';

/** What reads links, and the worlds that they name. */
const reading = () => Promise.all([import('../../links/codec.ts'), import('../../worlds/index.ts')]);

export interface Problem {
  what: string;
  issues: readonly Issue[];
}

/** Something would take the place of a visit in which the visitor has made something. */
export interface Question {
  /** What it is, as words after "before". */
  before: string;
  go: () => Promise<void> | void;
}

/** What the page does for them. */
export interface OpenLabsHost {
  /** A Lab as the page comes with. */
  another: () => Lab;
  /** Begins with the visitor's own work, once. */
  wake: () => void;
  /** Goes to the page of one's own data with a link to, or a file of, a run on somebody's. */
  toData: (brought: string | File) => void;
  /** Goes to the page of races with a link to one. */
  toRace: (link: string) => void;
  /** Makes a project of the visitor's own of a Lab, with its run. */
  keep: (lab: Lab, name: string) => Promise<void>;
  /** Takes the link out of the address. */
  forget: () => void;
}

export class OpenLabs {
  visit = $state.raw<Visit | null>(null);
  /** Why a link or file could not be opened. */
  problem = $state.raw<Problem | null>(null);

  /** Waits for the visitor's word: keep what was made here, throw it away, or stay. */
  question = $state.raw<Question | null>(null);

  /** Absolute address of the site's root: where checkpoints and workers lie, and not where the Lab's links lead. */
  site = '';
  #asked = 0;
  #thrownAway: Visit | null = null;

  constructor(
    readonly own: Lab,
    private readonly host: OpenLabsHost,
  ) {}

  /** Something was made on a visit, and is kept nowhere. */
  get unkept(): boolean {
    return this.visit?.changed === true && this.visit !== this.#thrownAway;
  }

  get lab(): Lab {
    return this.visit?.lab ?? this.own;
  }

  /** Opens the link behind an address, if it is one; else the visitor's own work. */
  async follow(hash: string): Promise<void> {
    const asked = ++this.#asked;
    if (!isLinkHash(hash)) {
      if (!this.visit) this.host.wake();
      return;
    }
    await this.#open(asked, 'This link can’t be opened', async () => {
      const [{ neededByLink, readLink }, { bringWorld }] = await reading();
      if ((await neededByLink(hash)) !== null) return { elsewhere: () => this.host.toData(hash) };
      return readLink(hash, bringWorld);
    });
  }

  async openFile(file: File): Promise<void> {
    const asked = ++this.#asked;
    await this.#open(asked, `The file ${file.name.slice(0, 80)} can’t be opened`, async () => {
      const [{ MOST_FILE, neededByFile, readSharedFile }, { bringWorld }] = await reading();
      // what is longer is refused by its length alone
      const text = await file.slice(0, 4 * MOST_FILE + 1).text();
      if (neededByFile(text) !== null) return { elsewhere: () => this.host.toData(file) };
      return readSharedFile(text, bringWorld);
    });
  }

  async #open(
    asked: number,
    what: string,
    read: () => Promise<Checked<SharedState> | { elsewhere: () => void } | null>,
  ): Promise<void> {
    const found = await read().catch(() => UNLOADED);
    if (asked !== this.#asked) return;
    this.problem = null;
    if (found === null) return this.visit ? undefined : this.host.wake();
    if ('elsewhere' in found) return this.replace('a run on other data is opened', found.elsewhere);
    if (!found.ok) {
      this.problem = { what, issues: found.issues };
      if (!this.visit) this.host.wake();
      return;
    }
    if (found.value.kind === 'race') {
      const race = found.value;
      return this.replace('a race is opened', () => this.#race(race));
    }
    const state = found.value;
    await this.replace('another link or file is opened', () => this.#enter(state));
  }

  async #enter(state: LabState): Promise<void> {
    const asked = ++this.#asked;
    const { Visit } = await import('./visit.svelte.ts');
    const lab = this.host.another();
    lab.run.site = this.site;
    const visit = new Visit(lab, state, await lab.loadWorld());
    await visit.enter();
    if (asked !== this.#asked) return;
    if (this.own.run.phase === 'running') await this.own.run.pause();
    void this.visit?.lab.run.leave();
    this.visit = visit;
  }

  async #race(state: SharedState): Promise<void> {
    const { linkOf } = await import('../../links/codec.ts');
    const linked = await linkOf(state, await this.own.loadWorld());
    if ('link' in linked) return this.host.toRace(linked.link);
    const issues = 'issues' in linked ? linked.issues : [LONG_RACE];
    this.problem = { what: 'This race can’t be opened here', issues };
  }

  /** Back to the visitor's own work, which is as it was left. */
  async leave(): Promise<void> {
    await this.replace('you go back to yours', () => {
      this.#close();
      this.host.wake();
    });
  }

  /** Does what ends the visit: at once where nothing would be lost, else when the visitor has said what is to become of it. */
  async replace(before: string, go: Question['go']): Promise<void> {
    this.question = null;
    if (this.unkept) this.question = { before, go };
    else await go();
  }

  async answer(answer: 'keep' | 'throw away' | 'stay'): Promise<void> {
    const { question } = this;
    this.question = null;
    if (!question) return;
    if (answer === 'stay') return this.host.forget();
    if (answer === 'keep' && !(await this.keep())) return;
    this.#thrownAway = this.visit;
    await question.go();
  }

  #close(): void {
    this.#asked++;
    void this.visit?.lab.run.leave();
    this.visit = null;
    this.problem = null;
    this.question = null;
    this.host.forget();
  }

  /** What was brought becomes a project of the visitor's own, beside those that they have; false where that failed. */
  async keep(): Promise<boolean> {
    const { visit } = this;
    if (!visit) return false;
    this.question = null;
    this.problem = null;
    visit.turnToPrompt();
    try {
      await this.host.keep(visit.lab, visit.state.title ?? 'From a link');
    } catch (error) {
      this.problem = { what: 'This could not be kept', issues: [{ ...UNKEPT, received: String(error) }] };
      return false;
    }
    if (this.visit === visit) this.#close();
    return true;
  }

  dismiss(): void {
    this.problem = null;
    if (!this.visit) this.host.forget();
  }
}

const UNKEPT: Issue = {
  code: 'visit/unkept',
  at: 'what is kept in this browser',
  expected: 'a project of it',
  received: '',
  cure: 'It is still here: save it as a file under Share, or try again.',
};

const LONG_RACE: Issue = {
  code: 'link/too-long',
  at: 'file',
  expected: 'a race that fits into a link',
  received: 'a longer one',
  cure: 'Open the file on the page of races.',
};
