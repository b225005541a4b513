/** Staging buffers for reading results, kept and used again: a run takes one, maps it when its copies are done, gives it back. */
import type { Waits } from './await.ts';
import { powerOfTwo } from './values.ts';

export interface Slot {
  buffer: GPUBuffer;
  busy: boolean;
}

export class Readback {
  private readonly slots: Slot[] = [];

  constructor(
    private readonly device: GPUDevice,
    private readonly waits: Waits,
  ) {}

  /** A free buffer of at least this many bytes; several may be out at a time. */
  take(bytes: number): Slot {
    const fitting = this.slots.find((slot) => !slot.busy && slot.buffer.size >= bytes);
    if (fitting !== undefined) {
      fitting.busy = true;
      return fitting;
    }
    const small = this.slots.findIndex((slot) => !slot.busy);
    if (small >= 0) this.slots.splice(small, 1)[0]?.buffer.destroy();
    const buffer = this.device.createBuffer({
      label: 'readback',
      size: powerOfTwo(bytes),
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
    const slot = { buffer, busy: true };
    this.slots.push(slot);
    return slot;
  }

  /** A copy of the slot's first bytes, once the work submitted so far is done; the slot is free again. */
  async read(slot: Slot, bytes: number, what: string, turns: number): Promise<ArrayBuffer> {
    try {
      await this.waits.for(slot.buffer.mapAsync(GPUMapMode.READ, 0, bytes), what, turns);
      const copy = slot.buffer.getMappedRange(0, bytes).slice(0);
      slot.buffer.unmap();
      slot.busy = false;
      return copy;
    } catch (error) {
      // a map may still be pending in this buffer: it is never used again
      const at = this.slots.indexOf(slot);
      if (at >= 0) this.slots.splice(at, 1);
      slot.buffer.destroy();
      throw error;
    }
  }

  /** Not to be read after all. */
  give(slot: Slot): void {
    slot.busy = false;
  }

  destroy(): void {
    for (const { buffer } of this.slots.splice(0)) buffer.destroy();
  }
}
