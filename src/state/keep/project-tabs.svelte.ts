/** This tab among those on the same project: its role, and what it hears. One writer: Keep. */
import type { StoredEvent } from '../../storage/events.ts';
import type { Role, TabMessage, Tabs } from '../../storage/tabs.ts';
import type { LoadedStorage } from './keeping.ts';

/** How long a tab that was opened waits to hear whether another one is the writer. */
const ROLE_MS = 2000;

export interface TabsHeard {
  /** `kept`: the tab that said it could write it. */
  events(events: readonly StoredEvent[], kept: boolean): Promise<void>;
  settings(): Promise<void>;
  projects(): Promise<void>;
  /** It is another than at first. */
  role(role: Role): Promise<void>;
  /** To finish what is being written, before another tab is the writer. */
  beforeYield(): Promise<void>;
}

export class ProjectTabs {
  role = $state<Role>('waiting');
  #tabs: Tabs | null = null;

  constructor(
    private readonly tab: string,
    private readonly heard: TabsHeard,
  ) {}

  /** Resolves once it is known whether this tab is the writer, or that nobody says. */
  async join({ parts }: LoadedStorage, project: string): Promise<void> {
    this.role = 'waiting';
    await new Promise<void>((resolve) => {
      setTimeout(resolve, ROLE_MS);
      let first = true;
      this.#tabs = parts.joinTabs(parts.browserTabs(), {
        project,
        tab: this.tab,
        onMessage: (message) => void this.#hear(message),
        onRole: (role) => {
          this.role = role;
          if (!first) void this.heard.role(role);
          first = false;
          resolve();
        },
        beforeYield: () => this.heard.beforeYield(),
      });
    });
  }

  leave(): void {
    this.#tabs?.leave();
    this.#tabs = null;
  }

  post(message: TabMessage): void {
    this.#tabs?.post(message);
  }

  /** False where the tab that is the writer did not step aside. */
  async takeOver(): Promise<boolean> {
    return (await this.#tabs?.takeOver()) === true;
  }

  async #hear(message: TabMessage): Promise<void> {
    switch (message.kind) {
      case 'events':
        return this.heard.events(message.events, message.kept);
      case 'settings':
        return this.heard.settings();
      case 'projects':
        return this.heard.projects();
      case 'run':
        return;
      default:
        message satisfies never;
    }
  }
}
