/** Compute pipelines of one device, one a kernel, compiled when first asked for, in the background, and kept. */
import { BackendUnavailableError } from '../../base/errors.ts';
import { ARGUMENT_BYTES } from './program.ts';
import type { KernelName } from './sources.ts';
import { sourceOf } from './sources.ts';

export class Pipelines {
  readonly bindings: GPUBindGroupLayout;
  private readonly layout: GPUPipelineLayout;
  private readonly asked = new Map<KernelName, Promise<GPUComputePipeline>>();
  private readonly done = new Map<KernelName, GPUComputePipeline>();

  constructor(private readonly device: GPUDevice) {
    const visibility = GPUShaderStage.COMPUTE;
    this.bindings = device.createBindGroupLayout({
      entries: [
        { binding: 0, visibility, buffer: { type: 'storage' } },
        {
          binding: 1,
          visibility,
          buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: ARGUMENT_BYTES },
        },
      ],
    });
    this.layout = device.createPipelineLayout({ bindGroupLayouts: [this.bindings] });
  }

  /** Has these compiled in the background, in about this order. Who gets one hears of its failure. */
  start(names: Iterable<KernelName>): void {
    for (const name of names) this.get(name).catch(() => undefined);
  }

  /** The pipeline, if it is compiled by now. */
  ready(name: KernelName): GPUComputePipeline | undefined {
    return this.done.get(name);
  }

  get(name: KernelName): Promise<GPUComputePipeline> {
    const known = this.asked.get(name);
    if (known !== undefined) return known;
    const pipeline = this.compile(name);
    this.asked.set(name, pipeline);
    pipeline.then(
      (compiled) => this.done.set(name, compiled),
      () => this.asked.delete(name),
    );
    return pipeline;
  }

  private async compile(name: KernelName): Promise<GPUComputePipeline> {
    // a mistake in the text is told by the pipeline
    this.device.pushErrorScope('validation');
    const module = this.device.createShaderModule({ label: name, code: sourceOf(name) });
    this.device.popErrorScope().catch(() => undefined);
    try {
      return await this.device.createComputePipelineAsync({
        label: name,
        layout: this.layout,
        compute: { module },
      });
    } catch (error) {
      const { messages } = await module.getCompilationInfo();
      const lines = messages.map((m) => `${name}:${m.lineNum}:${m.linePos} ${m.message}`);
      throw new BackendUnavailableError(
        `WebGPU refuses the kernel ${name}: ${[String(error), ...lines].join('\n')}\nUse the wasm backend, and please report this.`,
      );
    }
  }
}
