/** Compute pipelines of one device, one a kernel, compiled when first asked for, in parallel, and kept. */
import { BackendUnavailableError } from '../../base/errors.ts';
import { ARGUMENT_BYTES } from './program.ts';
import type { SourceName } from './sources.ts';
import { sources } from './sources.ts';

export class Pipelines {
  readonly bindings: GPUBindGroupLayout;
  private readonly layout: GPUPipelineLayout;
  private readonly compiled = new Map<SourceName, Promise<GPUComputePipeline>>();

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
  async get(names: ReadonlySet<SourceName>): Promise<Map<SourceName, GPUComputePipeline>> {
    return new Map(await Promise.all([...names].map(async (name) => [name, await this.one(name)] as const)));
  }

  private one(name: SourceName): Promise<GPUComputePipeline> {
    const known = this.compiled.get(name);
    if (known !== undefined) return known;
    const pipeline = this.compile(name);
    this.compiled.set(name, pipeline);
    pipeline.catch(() => this.compiled.delete(name));
    return pipeline;
  }

  private async compile(name: SourceName): Promise<GPUComputePipeline> {
    const module = this.device.createShaderModule({ label: name, code: sources[name] });
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
