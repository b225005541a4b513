/**
 * Where an open run trains next: a run that is to train on WebGPU moves there when it has compiled, and one whose device is
 * lost goes on at its newest mirror, on WASM at once and on a new device when that is ready.
 */
import { BackendUnavailableError, DeviceLostError, errorToData } from '../base/errors.ts';
import type { Recipe } from '../recipes/schema.ts';
import type { Devices } from './backends.ts';
import { openBackend, reportOf, wasmInstead } from './backends.ts';
import type { Session } from './open-session.ts';
import type { Turns } from './reply.ts';

export interface Mover {
  /** Waits until the next device has compiled, then moves the run there in a turn; it stays where that fails. */
  moveOn(): Promise<void>;
  /** True where the error says that the device is lost: WASM has taken over then. The device asked for is tried once more. */
  recover(error: unknown): Promise<boolean>;
}

/** `moved`: another backend took over, or will not; with what is to be said of that. */
export function createMover(
  open: Session,
  devices: Devices,
  inTurn: Turns,
  moved: (message: string | null) => void,
): Mover {
  const { run } = open;

  const tell = (whyNot: string | null, message: string | null): void => {
    open.report = reportOf(run, open.next, whyNot);
    moved(message);
  };

  const moveOn = async (): Promise<void> => {
    const { next } = open;
    if (!next) return;
    const waited = (): boolean => open.next === next;
    try {
      for (let recipe: Recipe | null = null; waited() && recipe !== run.recipe;) {
        recipe = run.recipe; // labels and formula may change while it compiles
        await run.prepare(next);
      }
      await inTurn(async () => {
        if (!waited()) return;
        const left = run.device;
        await run.moveTo(next, 'here');
        left.dispose();
        open.next = null;
        const message = `WebGPU has compiled: training goes on there after step ${run.step}.`;
        tell(null, run.step > 0 ? message : null);
      });
    } catch (error) {
      next.dispose();
      if (!waited()) return;
      open.next = null;
      const why = errorToData(error).message;
      tell(why, `WebGPU could not be made ready; the run stays on WASM. ${why}`);
    }
  };

  const recover = async (error: unknown): Promise<boolean> => {
    if (!isLoss(open, error)) return false;
    const { device, next, whyNot } = await (
      open.lost ? wasmInstead(devices, 'its device was lost twice.') : openBackend(open.asked, devices)
    ).catch((refused: unknown) => {
      if (!(refused instanceof BackendUnavailableError)) throw refused;
      return wasmInstead(devices, refused.message);
    });
    open.lost = true;
    run.device.dispose();
    await run.moveTo(device, 'mirror');
    open.next = next;
    const where = device.info.backend === 'wasm' ? 'the run moved to WASM' : 'a new one was opened';
    tell(
      whyNot,
      `The graphics device was lost (${error.message}); ${where} and training goes on from step ${run.step}.`,
    );
    void moveOn();
    return true;
  };

  return { moveOn, recover };
}

/** Errors after which a GPU answers nothing more; the run can go on elsewhere. */
function isLoss(open: Session, error: unknown): error is Error {
  if (error instanceof DeviceLostError) return true;
  return open.report.backend === 'webgpu' && error instanceof BackendUnavailableError;
}
