import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  expectedArrays,
  numbersOf,
  openBytes,
  TORCH_FIXTURES,
} from '../../../test/fixtures/torch-files';
import { seededRandom } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';
import type { TensorFile } from '../tensors/tensor-file';

const wholeFile = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(`${TORCH_FIXTURES}/${name}`));

/** Expects every array of expected.json, but for those that are changed on purpose. */
async function expectArrays(
  file: TensorFile,
  changed: Readonly<Record<string, Float32Array>> = {},
): Promise<void> {
  const missing = Object.keys(expectedArrays).filter((path) => !file.entries.has(path));
  expect(missing).toHaveLength(file.form === 'safetensors' ? 1 : 0);
  for (const path of file.entries.keys()) {
    const { shape, values } = expectedArrays[path]!;
    expect(file.entries.get(path)!.shape, path).toEqual(shape);
    expect(await file.read(path), path).toEqual(changed[path] ?? numbersOf(values));
  }
}

/** What refuses the bytes: the error of opening them, or null where they are opened. */
const refusalOf = (bytes: Uint8Array): Promise<unknown> =>
  openBytes(bytes).then(
    () => null,
    (thrown: unknown) => thrown,
  );

/** Where the bytes of an array of float32 lie in a file: once, and nowhere else. */
function placeOf(whole: Uint8Array, path: string): { at: number; elements: Uint8Array } {
  const elements = new Uint8Array(numbersOf(expectedArrays[path]!.values).buffer);
  const file = Buffer.from(whole);
  const at = file.indexOf(elements);
  expect(at).toBeGreaterThan(0);
  expect(file.indexOf(elements, at + 1)).toBe(-1);
  return { at, elements };
}

/** What is said of a file that is cut short, whose kind its first bytes still tell. */
const cutReasons = {
  'zip.pt': /Its zip directory can't be read/,
  'legacy.pt': new RegExp(
    'Its pickle has at byte \\d+ (its end,|a value of \\d+ bytes,|a line without)|' +
      'It ends at byte \\d+, before its storage|' +
      'Its storage "\\d+" has \\d+ elements at byte \\d+ of \\d+;',
  ),
  'flat.safetensors': /Its header claims \d+ bytes|claims bytes \d+ to \d+ of \d+ for/,
};

describe.each(['zip.pt', 'legacy.pt', 'flat.safetensors'])('%s, damaged', (name) => {
  it('is still read where a byte of an element changes: that element and no other', async () => {
    const whole = await wholeFile(name);
    const path = 'net.0.weight';
    const { at, elements } = placeOf(whole, path);
    for (let byte = 0; byte < elements.length; byte++) {
      const damaged = whole.slice();
      damaged[at + byte]! ^= 0x5a;
      const changed = elements.slice();
      changed[byte]! ^= 0x5a;
      await expectArrays(await openBytes(damaged), { [path]: new Float32Array(changed.buffer) });
    }
  });

  it('is refused wherever it is cut short', async () => {
    const whole = await wholeFile(name);
    await expectArrays(await openBytes(whole));
    const reason = cutReasons[name as keyof typeof cutReasons];
    // From fewer bytes nothing tells what kind of file it is.
    for (let length = 0; length < whole.length; length += length < whole.length - 33 ? 31 : 1) {
      const message = length < 14 ? /can't be used as a file of arrays/ : reason;
      expect(await refusalOf(whole.slice(0, length)), `${length} bytes`).toMatchObject({
        code: 'bad-checkpoint',
        message: expect.stringMatching(message),
      });
    }
  });

  it('may have bytes behind its end, but not as safetensors', async () => {
    const whole = await wholeFile(name);
    for (const extra of [1, 64, 1000]) {
      const longer = new Uint8Array(whole.length + extra);
      longer.set(whole);
      if (name === 'flat.safetensors') {
        expect(await refusalOf(longer)).toMatchObject({
          code: 'bad-checkpoint',
          message: expect.stringContaining('the format leaves no gaps'),
        });
      } else await expectArrays(await openBytes(longer));
    }
  });
});

/** Outcomes of 300 copies with random damage: how many are read, or refused for what they name. */
const damagedFiles: readonly (readonly [name: string, outcome: RegExp, minCount: number])[] = [
  ['zip.pt', /^read$/, 60],
  ['legacy.pt', /^read$/, 15],
  ['flat.safetensors', /^read$/, 12],
  ['training.ckpt', /^read$/, 20],
  ['evil.pt', /the global posix\.system, which could run a program/, 100],
  ['module.pt', /of the class __main__\.Small;|the global __main__\.Small/, 100],
];

it.each(damagedFiles)(
  '%s with random damage is a bad checkpoint or readable; outcome %s at least %d times of 300',
  async (name, outcome, minCount) => {
    const whole = await wholeFile(name);
    const random = seededRandom(11);
    const outcomes: string[] = [];
    for (let round = 0; round < 300; round++) {
      const length = round % 3 === 0 ? Math.floor(random.next() * whole.length) : whole.length;
      const damaged = whole.slice(0, length);
      for (let flips = 0; flips < 1 + (round % 4); flips++)
        if (length > 0)
          damaged[Math.floor(random.next() * length)] = Math.floor(random.next() * 256);
      try {
        const file = await openBytes(damaged);
        for (const path of [...file.entries.keys()].slice(0, 5)) {
          const elements = file.entries.get(path)!.shape.reduce((all, side) => all * side, 1);
          expect(await file.read(path)).toHaveLength(elements);
        }
        outcomes.push('read');
      } catch (thrown) {
        if (!(thrown instanceof StudioError)) throw thrown;
        expect(thrown.code).toBe('bad-checkpoint');
        expect(thrown.message).toMatch(/^file\.pt can't be used/);
        outcomes.push(thrown.message);
      }
    }
    const found = outcomes.filter((each) => outcome.test(each));
    expect(found.length).toBeGreaterThanOrEqual(minCount);
    // Many copies are cut short, which no form survives.
    expect(outcomes.filter((each) => each === 'read').length).toBeLessThan(150);
  },
);
