/** Compute pipelines of one device, one a kernel, compiled when first asked for, in parallel, and kept. */
import { BackendUnavailableError } from '../../base/errors.ts';
import { ARGUMENT_BYTES } from './program.ts';
import type { KernelName } from './sources.ts';
import { sourceOf } from './sources.ts';

export class Pipelines {
  readonly bindings: GPUBindGroupLayout;
  private readonly layout: GPUPipelineLayout;
  private readonly compiled = new Map<KernelName, Promise<GPUComputePipeline>>();

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

  /** All of these, compiled. */
  async get(names: ReadonlySet<KernelName>): Promise<Map<KernelName, GPUComputePipeline>> {
    return new Map(await Promise.all([...names].map(async (name) => [name, await this.one(name)] as const)));
  }

  private one(name: KernelName): Promise<GPUComputePipeline> {
    const known = this.compiled.get(name);
    if (known !== undefined) return known;
    const pipeline = this.compile(name);
    this.compiled.set(name, pipeline);
    pipeline.catch(() => this.compiled.delete(name));
    return pipeline;
  }

  private async compile(name: KernelName): Promise<GPUComputePipeline> {
    const module = this.device.createShaderModule({ label: name, code: sourceOf(name) });
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
