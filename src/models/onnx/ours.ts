/** What an ONNX file says of itself, where Swayground has written it. */
import { CheckpointError } from '../../base/errors.ts';
import { readHfConfig } from '../checkpoint/hf-config.ts';
import { readTokenizer } from '../checkpoint/tokenizer.ts';
import type { LmConfig } from '../lm/config.ts';
import type { OnnxFile } from './read.ts';
import { METADATA_KEYS, type OnnxKind } from './write.ts';

export interface OnnxOrigin {
  kind: OnnxKind;
  config: LmConfig;
  words: readonly string[];
}

/** Null for a file of somebody else. What it says is not believed: one that contradicts itself is no file of ours. */
export function originOf({ metadata }: Pick<OnnxFile, 'metadata'>): OnnxOrigin | null {
  const kind = metadata.get(METADATA_KEYS.kind);
  if (kind !== 'policy' && kind !== 'reward') return null;
  try {
    const config = readHfConfig(metadata.get(METADATA_KEYS.config) ?? '');
    const words = readTokenizer(metadata.get(METADATA_KEYS.tokenizer) ?? '');
    return words.length === config.vocabulary ? { kind, config, words } : null;
  } catch (error) {
    if (error instanceof CheckpointError) return null;
    throw error;
  }
}
