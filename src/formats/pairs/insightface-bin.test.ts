import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPairBin } from './insightface-bin';
import { seededRandom } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';

const folder = new URL('../../../test/fixtures/bins/', import.meta.url);
const fileOf = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
const files = readdirSync(folder).filter((name) => name.endsWith('.bin'));
const written = JSON.parse(new TextDecoder().decode(fileOf('pictures.json'))) as {
  pictures: string[];
  same: boolean[];
};
const pictures = written.pictures.map((picture) => new Uint8Array(Buffer.from(picture, 'base64')));

/** The error that refuses the bytes, which must be a StudioError. */
function refusalOf(bytes: Uint8Array): StudioError {
  try {
    readPairBin(bytes, 'lfw.bin');
  } catch (thrown) {
    if (thrown instanceof StudioError) return thrown;
    throw thrown;
  }
  throw new Error('read');
}

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe('verification sets of InsightFace', () => {
  it.each(files.filter((name) => !name.includes('many')))(
    'hold in %s exactly the pictures and flags written',
    (name) => {
      const { images, same } = readPairBin(fileOf(name));
      expect(images).toEqual(pictures);
      expect(same).toEqual(written.same);
    },
  );

  it('were written by every pickle protocol, Python 2 and 3, and numpy 1 and 2', () => {
    for (const protocol of [0, 1, 2, 3, 4, 5]) expect(files).toContain(`py3-p${protocol}.bin`);
    for (const protocol of [0, 1, 2]) expect(files).toContain(`py2-p${protocol}.bin`);
    for (const name of ['numpy', 'numpy1', 'numpy-py2'])
      expect(files).toContain(`${name}-arrays-p2.bin`);
  });

  it('may have more pictures than a pickler appends at a time, and one picture many times', () => {
    const { images, same } = readPairBin(fileOf('py3-many-p4.bin'));
    expect([images.length, same.length]).toEqual([3002, 1501]);
    expect(images.every((image) => image === images[0])).toBe(true);
    expect(images[0]).toEqual(pictures[0]);
  });

  it('give pictures as views of the file if it holds them unescaped', () => {
    for (const name of ['py2-p2.bin', 'py3-p4.bin', 'numpy-arrays-p4.bin']) {
      const bytes = fileOf(name);
      expect(readPairBin(bytes).images.every(({ buffer }) => buffer === bytes.buffer)).toBe(true);
    }
  });

  it.each([
    ['((lp0\n(lp1\nI01\na.', 'holds a list of 1'],
    ['(lp0\n.', 'holds a list of 0; (bins, issame_list) was expected'],
    ["((lS'a'\naS'b'\na(lI01\naI00\nat.", 'holds 2 pictures and 2 flags'],
    ["((lS'a'\naS'b'\naS'c'\na(lI01\nat.", 'holds 3 pictures and 1 flags'],
    ["((lS'a'\naI5\na(lI01\nat.", 'has 5 for picture 1; bytes were expected'],
    ["((lS'a'\naS'b'\na(lI2\nat.", 'has 2 for the flag of pair 0'],
    ["((lS'a'\naS'b'\na(lNat.", 'has None for the flag of pair 0'],
    ['(N(lI01\nat.', 'holds None and a list of 1'],
  ])('are refused for the pickle %j, with what was found', (pickle, found) => {
    const { code, message } = refusalOf(ascii(pickle));
    expect(code).toBe('bad-source');
    expect(message).toContain(`lfw.bin ${found}`);
  });

  it('are read even if a picture has no bytes: one pair is lost, not all', () => {
    const { images, same } = readPairBin(ascii("((lS'a'\naS''\na(lI01\nat."));
    expect([images.map(({ length }) => length), same]).toEqual([[1, 0], [true]]);
  });

  it('may hold their pictures in a numpy array of objects of one dimension', () => {
    const [type, buffer] = ['cnumpy\ndtype\n(VO8\ntR', 'cnumpy._core.numeric\n_frombuffer\n('];
    const bins = (shape: string) => `${buffer}](C\x01aC\x01be${type}${shape}VC\ntR`;
    const { images, same } = readPairBin(ascii(`\x80\x05${bins('K\x02')}](\x88e\x86.`));
    expect([images, same]).toEqual([[ascii('a'), ascii('b')], [true]]);
    const flat = ascii(`\x80\x05${bins('K\x01K\x02\x86')}](\x88e\x86.`);
    expect(readPairBin(flat).images).toEqual(images);
    const square = `${buffer}](NNNNe${type}K\x02K\x02\x86VC\ntR`;
    const found = refusalOf(ascii(`\x80\x05${square}](\x88e\x86.`)).message;
    expect(found).toContain('a numpy array of object of shape (2, 2)');
  });

  it('are refused when cut at any byte', () => {
    for (const name of [
      'py2-p0.bin',
      'py3-p2.bin',
      'py3-p4.bin',
      'numpy-arrays-p2.bin',
      'numpy-arrays-p5.bin',
    ]) {
      const bytes = fileOf(name);
      for (let length = 0; length < bytes.length; length++)
        expect(refusalOf(bytes.subarray(0, length)).code).toBe('bad-source');
    }
  });

  it('are read or refused as a bad source, whatever bytes are changed', () => {
    const random = seededRandom(20260);
    let [read, refused] = [0, 0];
    for (const name of files) {
      const bytes = fileOf(name);
      // The first 60 bytes have many opcodes; the first picture then takes up to 1.7 kB.
      const places = [60, bytes.length];
      for (let round = 0; round < 300; round++) {
        const mutated = bytes.slice();
        const changes = 1 + random.int(4);
        for (let i = 0; i < changes; i++) mutated[random.int(places[round % 2]!)] = random.int(256);
        try {
          const { images, same } = readPairBin(mutated);
          expect(images.length).toBe(2 * same.length);
          read++;
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'bad-source' });
          refused++;
        }
      }
    }
    expect(Math.min(read, refused)).toBeGreaterThan(2000);
  });
});
