/**
 * A shared run on somebody's own data, on the page of one's own: first it asks for the file, then for a base policy taught as
 * it says; then it is a visit like any other. Digests tell whether they are the same. One writer: this class.
 */
import { bringWorld, type BringWorld } from '../../worlds/index.ts';
import type { World } from '../../worlds/world.ts';
import { createContext } from 'svelte';
import type { Checked, Issue } from '../../base/errors.ts';
import type { WorldChoices } from '../../data/build.ts';
import type { Needed } from '../../links/data.ts';
import type { SharedState } from '../../links/shared.ts';
import type { Lab } from '../lab/lab.svelte.ts';
import { isLinkHash } from '../share/link-hash.ts';
import type { Visit } from '../share/visit.svelte.ts';
import { UNLOADED } from '../share/unloaded.ts';

interface Problem {
  what: string;
  issues: readonly Issue[];
}

/** What the page does for it. */
interface DataVisitHost {
  /** Goes to the Lab of the built-in world with a link. */
  toLab: (link: string) => void;
  /** Takes the link out of the address. */
  forget: () => void;
}

export class DataVisit {
  /** What the link needs; null where none is open. */
  needed = $state.raw<Needed | null>(null);
  /** The link or file can't be opened. */
  problem = $state.raw<Problem | null>(null);
  /** What was brought to it does not fit. */
  mistakes = $state.raw<readonly Issue[]>([]);
  /** The data is there and is the same. */
  same = $state(false);
  /** The visitor has said that the model is to be taught as the link says. */
  teaching = $state(false);
  /** Once all of it is there. */
  visit = $state.raw<Visit | null>(null);

  #read: (() => Promise<Checked<SharedState> | null>) | null = null;
  #asked = 0;
  /** Of the visitor's data, once a Lab is open on it; a link may name it. */
  #world: World | null = null;
  readonly #bring: BringWorld = async (name) => (this.#world?.name === name ? this.#world : bringWorld(name));

  constructor(private readonly host: DataVisitHost) {}

  get choices(): WorldChoices | null {
    if (this.needed === null) return null;
    const { vocabulary, words, context } = this.needed.source;
    return { vocabulary, words, context };
  }

  async follow(hash: string): Promise<void> {
    if (!isLinkHash(hash)) return;
    const codec = await this.#codec();
    if (!codec) return;
    await this.#open(hash, 'This link can’t be opened', await codec.neededByLink(hash), () =>
      codec.readLink(hash, this.#bring),
    );
  }

  async openFile(file: File): Promise<void> {
    const codec = await this.#codec();
    if (!codec) return;
    // what is longer is refused by its length alone
    const text = await file.slice(0, 4 * codec.MOST_FILE + 1).text();
    const what = `The file ${file.name.slice(0, 80)} can’t be opened`;
    await this.#open(file, what, codec.neededByFile(text), () => codec.readSharedFile(text, this.#bring));
  }

  async #codec() {
    try {
      return await import('../../links/codec.ts');
    } catch {
      this.problem = { what: 'This can’t be opened', issues: UNLOADED.issues };
      return null;
    }
  }

  async #open(
    brought: string | File,
    what: string,
    needed: Checked<Needed> | null,
    read: () => Promise<Checked<SharedState> | null>,
  ): Promise<void> {
    const asked = ++this.#asked;
    this.problem = null;
    if (needed?.ok === true) {
      this.#begin();
      this.needed = needed.value;
      this.#read = read;
      return;
    }
    const found = needed ?? (await read().catch(() => UNLOADED));
    if (asked !== this.#asked) return;
    if (found?.ok === false) this.problem = { what, issues: found.issues };
    else if (typeof brought === 'string') this.host.toLab(brought);
    else this.problem = { what, issues: [BUILT_IN] };
  }

  /** Whether the world that was made of the visitor's file, by these choices, is the one that the link is about; '' while there is none. */
  meet(world: string, made: WorldChoices | null = null): void {
    const { needed, choices } = this;
    [this.same, this.teaching, this.mistakes] = [false, false, []];
    if (needed === null || world === '') return;
    this.same = world === needed.world;
    const other = choices && made && sayChoices(choices) !== sayChoices(made);
    if (this.same) return;
    this.mistakes = [other ? otherChoices(choices, made) : otherData(needed, world)];
  }

  /** The Lab on the base policy that was taught becomes the visit's. */
  async enter(lab: Lab, digest: string): Promise<void> {
    const [asked, needed, read] = [++this.#asked, this.needed, this.#read];
    this.teaching = false;
    if (!needed || !read) return;
    const expected = needed.source.base.digest;
    if (expected !== undefined && expected !== digest)
      return void (this.mistakes = [{ ...OTHER_BASE, expected, received: digest }]);
    this.#world = await lab.loadWorld();
    const state = await read();
    if (asked !== this.#asked || state === null) return;
    if (!state.ok) return void (this.mistakes = state.issues);
    if (state.value.kind !== 'lab') return;
    const { Visit } = await import('../share/visit.svelte.ts');
    const visit = new Visit(lab, state.value, this.#world);
    await visit.enter();
    if (asked === this.#asked) this.visit = visit;
  }

  /** The Lab stays as it is and is the visitor's own now. */
  leave(): void {
    this.visit?.release();
    this.#asked++;
    this.#begin();
    this.host.forget();
  }

  /** The Lab of the visit is gone: another was made. */
  labLeft(): void {
    this.visit = null;
  }

  dismiss(): void {
    this.problem = null;
    this.host.forget();
  }

  #begin(): void {
    [this.needed, this.visit, this.#read] = [null, null, null];
    this.meet('');
  }
}

function otherData({ world, source }: Needed, received: string): Issue {
  const told = source.file === '' ? 'the file that the run was made on' : `the file that was shared as ${source.file}`;
  return {
    code: 'visit/other-data',
    at: 'this file',
    expected: `the data with digest ${world}`,
    received,
    cure: `Choose ${told}, unchanged: a single other letter gives another digest.`,
  };
} // prettier-ignore

const sayChoices = ({ vocabulary, words, context }: WorldChoices): string =>
  `${vocabulary === 'bpe' ? 'pieces of words' : 'whole words'}, at most ${words}, context ${context}`;

const otherChoices = (expected: WorldChoices, received: WorldChoices): Issue => ({
  code: 'visit/other-choices',
  at: 'how the file is read',
  expected: sayChoices(expected),
  received: sayChoices(received),
  cure: 'Choose these under “Its words”, or choose the file again: it is then read as the link says.',
});

const BUILT_IN: Issue = {
  code: 'visit/built-in',
  at: 'file',
  expected: 'a run on somebody’s own data',
  received: 'another',
  cure: 'Open it on the page of the Lab, or that of races.',
};

const OTHER_BASE = {
  code: 'visit/other-base',
  at: 'the digest of the model that was taught',
  cure: 'It was taught by another version of Swayground, so the run can’t be told again here. Ask for the model itself.',
};

/** The page provides one; its parts use it. */
export const [useDataVisit, provideDataVisit] = createContext<DataVisit>();
