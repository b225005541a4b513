/** Configurations for `accelerate launch`: one GPU, and three ways to split a model over several. */

const SHARED: readonly (readonly [string, string])[] = [
  ['compute_environment', 'LOCAL_MACHINE'],
  ['debug', 'false'],
  ['machine_rank', '0'],
  ['main_training_function', 'main'],
  ['mixed_precision', "'no'"],
  ['num_machines', '1'],
  ['rdzv_backend', 'static'],
  ['same_network', 'true'],
  ['use_cpu', 'false'],
];

interface Setup {
  processes: number;
  type: string;
  /** A section of its own. */
  section?: readonly [name: string, lines: Readonly<Record<string, string>>];
}

const zero = (stage: 2 | 3): Setup => ({
  processes: 8,
  type: 'DEEPSPEED',
  section: [
    'deepspeed_config',
    {
      deepspeed_multinode_launcher: 'standard',
      gradient_accumulation_steps: '1',
      offload_optimizer_device: 'none',
      offload_param_device: 'none',
      zero3_init_flag: stage === 3 ? 'true' : 'false',
      ...(stage === 3 ? { zero3_save_16bit_model: 'true' } : {}),
      zero_stage: String(stage),
    },
  ],
});

const SETUPS: Readonly<Record<string, Setup>> = {
  'one-gpu': { processes: 1, type: "'NO'" },
  fsdp: {
    processes: 8,
    type: 'FSDP',
    section: [
      'fsdp_config',
      {
        fsdp_activation_checkpointing: 'false',
        fsdp_auto_wrap_policy: 'TRANSFORMER_BASED_WRAP',
        fsdp_cpu_ram_efficient_loading: 'true',
        fsdp_offload_params: 'false',
        fsdp_reshard_after_forward: 'true',
        fsdp_state_dict_type: 'FULL_STATE_DICT',
        fsdp_transformer_layer_cls_to_wrap: 'LlamaDecoderLayer',
        fsdp_version: '2',
      },
    ],
  },
  zero2: zero(2),
  zero3: zero(3),
};

export const ACCELERATE: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(SETUPS).map(([name, { processes, type, section }]) => {
    const lines = [...SHARED, ['distributed_type', type], ['num_processes', String(processes)]].map(
      ([key, value]) => `${key}: ${value}`,
    );
    const own =
      section === undefined
        ? []
        : [`${section[0]}:`, ...Object.entries(section[1]).map(([key, value]) => `  ${key}: ${value}`)];
    return [`accelerate/${name}.yaml`, `${[...lines, ...own].join('\n')}\n`];
  }),
);
