/** The page about this device: what its browser says, and what a measurement came to. One writer: this class. */
import type { ErrorData } from '../../base/errors.ts';
import { whyNoSimd } from '../../engine/simd.ts';
import type { AdapterAnswer } from '../../session/device-adapter.ts';
import { askAdapter } from '../../session/device-adapter.ts';
import type { Measurement } from '../../session/device-handle.ts';
import type { BackendMeasure } from '../../session/device-protocol.ts';

export type DevicePhase = 'idle' | 'measuring' | 'stopped' | 'measured' | 'failed';

export class DeviceState {
  /** Null until the browser has answered. */
  adapter = $state.raw<AdapterAnswer | null>(null);
  /** Why WASM with SIMD does not run here; null where it does, undefined before the browser was asked. */
  whyNoSimd = $state<string | null | undefined>(undefined);
  agent = $state('');
  phase = $state<DevicePhase>('idle');
  /** 0 to 1. */
  done = $state(0);
  doing = $state('');
  /** Of the last measurement, also where it was stopped half-way. */
  measures = $state.raw<readonly BackendMeasure[]>([]);
  problem = $state.raw<ErrorData | null>(null);

  #measurement: Measurement | null = null;
  /** Counts measurements: what comes of an older one means nothing any more. */
  #asked = 0;

  /** Asks what costs nothing; measures nothing. */
  async look(navigator: Pick<Navigator, 'gpu' | 'userAgent'>): Promise<void> {
    this.agent = navigator.userAgent;
    this.whyNoSimd = whyNoSimd();
    this.adapter = await askAdapter(navigator.gpu);
  }

  async measure(): Promise<void> {
    if (this.phase === 'measuring') return;
    const asked = ++this.#asked;
    this.phase = 'measuring';
    this.done = 0;
    this.doing = 'Loading';
    this.measures = [];
    this.problem = null;
    try {
      const { measureDevice } = await import('../../session/device-handle.ts');
      if (asked !== this.#asked) return;
      this.#measurement = measureDevice(({ done, doing, measures }) => {
        if (asked === this.#asked) Object.assign(this, { done, doing, measures });
      });
    } catch {
      if (asked !== this.#asked) return;
      const message = 'The program that measures could not be loaded. Check the connection, then try again.';
      this.#end('failed', { name: 'LoadError', message });
      return;
    }
    const reply = await this.#measurement.result;
    if (asked !== this.#asked) return;
    if (reply.ok) this.measures = reply.value;
    this.#end(reply.ok ? 'measured' : 'failed', reply.ok ? null : reply.error);
  }

  /** At once; what was measured until then stays. */
  stop(): void {
    if (this.phase !== 'measuring') return;
    this.#asked++;
    this.#measurement?.stop();
    this.#end('stopped', null);
  }

  #end(phase: DevicePhase, problem: ErrorData | null): void {
    this.#measurement = null;
    this.phase = phase;
    this.problem = problem;
  }
}
