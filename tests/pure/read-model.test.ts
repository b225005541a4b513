/** Models that somebody brings: whole ones come back to the bit; broken and hostile archives get no further than a sentence. */
import { strToU8, zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/base/errors.ts';
import { filesOfZip, zipOf } from '../../src/exports/archive.ts';
import { readModel } from '../../src/exports/read-model.ts';
import { writeCheckpoint } from '../../src/models/checkpoint/index.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';
import { worldNamed } from '../support/worlds.ts';

fc.configureGlobal({ seed: 21, numRuns: 200 });

const world = worldNamed('reviews');
const config = lmConfig('nano', world.words.length, world.context);
const parameters = initialParameters(config, 4);
const bytesOf = (file: Uint8Array | string): Uint8Array => (typeof file === 'string' ? strToU8(file) : file);
const folder = Object.fromEntries(
  Object.entries(writeCheckpoint(config, parameters, world.words)).map(([name, file]) => [name, bytesOf(file)]),
); // prettier-ignore
const zip = zipOf({ ...folder, 'README.md': 'not read' });
const whyNot = (files: Record<string, Uint8Array>): string => {
  const read = readModel(files, world);
  return read.ok ? 'no mistake' : read.why;
};

describe('a model', () => {
  const expected = { ok: true, model: { size: 'nano', config, parameters } };

  it('comes back from its zip, from a zip around its folder, and from its files', () => {
    const inner = Object.fromEntries(Object.entries(folder).map(([name, file]) => [`checkpoint/${name}`, file])); // prettier-ignore
    for (const files of [{ 'any.zip': zip }, { 'cluster.zip': zipOf({ ...inner, 'train.py': '' }) }, folder])
      expect(readModel(files, world)).toMatchObject(expected);
  });

  it('has a digest of its parameters, whatever it came in', () => {
    const digests = [folder, { 'a.zip': zip }].map((files) => {
      const read = readModel(files, world);
      return read.ok ? read.model.digest : '';
    });
    expect(digests[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(digests[1]).toBe(digests[0]);
  });

  it('makes the same archive from the same files', () => {
    expect(zipOf(folder)).toEqual(zipOf({ ...folder }));
  });
});

describe('a model of another world', () => {
  const of = (changes: object, words: readonly string[] = world.words): Record<string, Uint8Array> => {
    const other = { ...config, ...changes, vocabulary: words.length };
    const files = writeCheckpoint(other, initialParameters(other, 1), words);
    return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, bytesOf(file)]));
  };
  const renamed = world.words.with(7, 'zebra');
  const { 'tokenizer.json': _, ...nameless } = folder;
  it.each<[string, Record<string, Uint8Array>, RegExp]>([
    ['of another vocabulary', of({}, world.words.slice(0, 400)), /vocabulary 436, as reviews-nano has, received vocabulary 400\. A run on the world reviews/],
    ['of another width', of({ width: 48 }), /expected width 32.*received width 48/],
    ['of another context and base', of({ context: 16, ropeTheta: 500 }), /context 32, ropeTheta 10000.*received context 16, ropeTheta 500/],
    ['with one other word', of({}, renamed), /word 7: expected ".+", received "zebra"\. A run on the world reviews needs/],
    ['without words', nameless, /file tokenizer\.json: expected to be in the folder/],
    ['without weights', { 'config.json': folder['config.json'] as Uint8Array }, /file model\.safetensors: expected/],
    ['without anything', {}, /file config\.json: expected/],
  ])('%s is told by what differs', (__, files, message) => {
    expect(whyNot(files)).toMatch(message);
  }); // prettier-ignore
});

/** An archive by hand, so that it can lie: each entry as its two headers say. */
interface Lie {
  name: string;
  data?: Uint8Array;
  size?: number;
  packed?: number;
  method?: number;
  flags?: number;
  offset?: number;
  checksum?: number;
}
function archive(entries: readonly Lie[], lies: { count?: number; here?: number; start?: number } = {}): Uint8Array {
  const { count = entries.length, start = -1 } = lies;
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, data = new Uint8Array(), size, packed, method = 0, flags = 0, offset, checksum = 0 } of entries) {
    const [title, wide] = [strToU8(name), packed ?? data.length];
    const local = new DataView(new ArrayBuffer(30));
    local.setUint32(0, 0x04034b50, true);
    local.setUint16(8, method, true);
    local.setUint32(18, wide, true);
    local.setUint32(22, size ?? data.length, true);
    local.setUint16(26, title.length, true);
    const central = new DataView(new ArrayBuffer(46));
    central.setUint32(0, 0x02014b50, true);
    central.setUint16(8, flags, true);
    central.setUint16(10, method, true);
    central.setUint32(16, checksum, true);
    central.setUint32(20, wide, true);
    central.setUint32(24, size ?? data.length, true);
    central.setUint16(28, title.length, true);
    central.setUint32(42, offset ?? at, true);
    parts.push(new Uint8Array(local.buffer), title, data);
    directory.push(new Uint8Array(central.buffer), title);
    at += 30 + title.length + data.length;
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, lies.here ?? count, true);
  end.setUint16(10, count, true);
  end.setUint32(16, start < 0 ? at : start, true);
  const all = [...parts, ...directory, new Uint8Array(end.buffer)];
  return Uint8Array.from(all.flatMap((part) => [...part]));
} // prettier-ignore

describe('a broken or hostile archive', () => {
  const name = 'config.json';
  const zeros = zipSync({ [name]: new Uint8Array(40_000_000) }, { level: 9 });
  const bomb = zipSync(Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`${i}/model.safetensors`, new Uint8Array(40_000_000)]))); // prettier-ignore
  const lying = zeros.slice();
  // the size that its directory gives, a byte less than what unpacks
  const directory = new DataView(lying.buffer).getUint32(lying.length - 6, true);
  new DataView(lying.buffer).setUint32(directory + 24, 39_999_999, true);
  const damaged = zip.slice();
  damaged.fill(7, 400, 420);
  const cases: [string, Uint8Array, RegExp][] = [
    ['ends at once', zip.subarray(0, 4), /expected a zip archive, received 4 bytes without its end/],
    ['was cut off', zip.subarray(0, zip.length - 30), /without its end/],
    ['is only an end', archive([]), /expected config\.json, model\.safetensors, tokenizer\.json, received none/],
    ['claims more entries than there are', archive([{ name }], { count: 3 }), /3 entries in its directory, received 1/],
    ['is one part of several', archive([{ name }], { here: 0 }), /an archive in one part, received 0 of 1 entries/],
    ['claims 60,000 entries', archive([{ name }], { count: 60_000 }), /at most 200 files, received 60000/],
    ['has its directory past its end', archive([{ name }], { start: 5000 }), /1 entries in its directory, received 0/],
    ['climbs out', archive([{ name: '../../config.json' }]), /"\.\.\/\.\.\/config\.json": expected a path inside/],
    ['climbs out on the way', archive([{ name: 'a/../../config.json' }]), /a path inside the folder/],
    ['starts at the root', archive([{ name: '/etc/config.json' }]), /a path inside the folder/],
    ['names a drive', archive([{ name: 'C:/config.json' }]), /a path inside the folder/],
    ['uses backslashes', archive([{ name: '..\\config.json' }]), /a path inside the folder/],
    ['hides a zero in a name', archive([{ name: 'config.json\0.txt' }]), /a path inside the folder/],
    ['has a nameless file', archive([{ name: '' }]), /a path inside the folder/],
    ['names a file twice', archive([{ name }, { name }]), /"config\.json": expected one entry, received two/],
    ['is encrypted', archive([{ name, flags: 1 }]), /expected no password, received an encrypted entry/],
    ['is packed by another method', archive([{ name, method: 12 }]), /received compression method 12/],
    ['points past its end', archive([{ name, offset: 9999 }]), /its bytes inside the archive, received an offset of 9999/],
    ['points into its directory', archive([{ name, packed: 500, size: 500 }]), /its bytes inside the archive/],
    ['says of 3 bytes that they are 2 GB', archive([{ name, data: new Uint8Array(3), size: 2 ** 31, method: 8 }]), /at most 4128 bytes from 3 packed ones, received 2147483648/],
    ['is a bomb', bomb, /at most 256000000 bytes in all, received 320000000/],
    ['unpacks to more than it says', lying, /(39999999 bytes, as the archive says)|(checksum differs)|(a whole archive)/],
    ['has damaged bytes', damaged, /(checksum differs)|(a whole archive)/],
    ['has a checksum of other bytes', archive([{ name, data: strToU8('{}'), checksum: 5 }]), /the bytes that were packed, received others/],
    ['packs nonsense', archive([{ name, data: new Uint8Array(20).fill(255), size: 20, method: 8 }]), /a whole archive/],
    ['holds two models', zipOf({ 'a/config.json': '{}', 'b/config.json': '{}' }), /models in 2 folders, \["a\/","b\/"\]/],
    ['holds no JSON', zipOf({ ...folder, 'config.json': '<html>' }), /config\.json: expected JSON/],
    ['holds another model', zipOf({ ...folder, 'config.json': '{"architectures":["GPT2LMHeadModel"]}' }), /\["LlamaForCausalLM"\], received \["GPT2LMHeadModel"\]/],
    ['holds cut weights', zipOf({ ...folder, 'model.safetensors': (folder['model.safetensors'] as Uint8Array).subarray(0, 900) }), /model\.safetensors/],
  ]; // prettier-ignore

  it.each(cases)('that %s is refused', (_, bytes, message) => {
    expect(whyNot({ 'model.zip': bytes })).toMatch(message);
  });

  it('gives files or a CheckpointError whatever bytes are changed', () => {
    const small = zipOf({ 'config.json': '{"a":1}', 'tokenizer.json': 'text '.repeat(40) });
    const edit = fc.tuple(fc.nat(small.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const changed = small.slice();
        for (const [at, value] of edits) changed[at] = value;
        try {
          filesOfZip(changed, () => true);
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
        }
      }),
    );
  });
});
