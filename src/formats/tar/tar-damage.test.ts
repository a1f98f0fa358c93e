import { packTar } from 'modern-tar';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { archiveOf, octal, readAll, tarHeader } from '../../../test/fixtures/plain-tar';
import { seededRandom, type SeededRandom } from '../../core/seeded-random';
import { StudioError } from '../../core/studio-error';
import type { TarMember } from './tar-stream';

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/**
 * An archive after damage. `from` has each byte's original offset, or -1 for a changed byte.
 */
interface Damaged {
  readonly bytes: Uint8Array;
  readonly from: Int32Array;
}

function mutate(archive: Uint8Array, random: SeededRandom): Damaged {
  let bytes: number[] = [...archive];
  let from: number[] = bytes.map((_, at) => at);
  for (let changes = 1 + random.int(4); changes > 0 && bytes.length > 1; changes--) {
    const at = random.int(bytes.length);
    const length = random.int(2) === 0 ? 512 * (1 + random.int(4)) : 1 + random.int(1500);
    const start = random.int(2) === 0 ? at : at - (at % 512);
    const kind = random.int(4);
    if (kind === 0) {
      bytes[at]! ^= 1 << random.int(8);
      from[at] = -1;
    } else if (kind === 1) {
      [bytes, from] = [bytes, from].map((list) => [
        ...list.slice(0, start),
        ...list.slice(start + length),
      ]) as [number[], number[]];
    } else if (kind === 2) {
      [bytes, from] = [bytes, from].map((list) => [
        ...list.slice(0, start + length),
        ...list.slice(start),
      ]) as [number[], number[]];
    } else {
      [bytes, from] = [bytes.slice(0, at), from.slice(0, at)];
    }
  }
  return { bytes: Uint8Array.from(bytes), from: Int32Array.from(from) };
}

describe('a damaged tar', () => {
  afterEach(() => void vi.unstubAllGlobals());

  /** Records the size of the largest Uint8Array that is made. */
  function watchAllocations() {
    const seen = { largest: 0 };
    const Plain = Uint8Array;
    vi.stubGlobal(
      'Uint8Array',
      class extends Plain {
        constructor(...parameters: ConstructorParameters<typeof Uint8Array>) {
          super(...parameters);
          seen.largest = Math.max(seen.largest, this.buffer.byteLength);
        }
      },
    );
    return seen;
  }

  it('gives every undamaged member byte for byte, and no bytes from elsewhere', async () => {
    const random = seededRandom(0x746172);
    const names = Array.from({ length: 12 }, (_, i) =>
      i % 3 === 0 ? `${'deep/'.repeat(60)}${i}.jpg` : `${i}.jpg`,
    );
    const bodies = names.map(() =>
      Uint8Array.from({ length: random.int(1800) }, () => random.int(256)),
    );
    const archive = await packTar(
      names.map((name, i) => ({
        header: { name, size: bodies[i]!.length, type: 'file' as const },
        body: bodies[i]!,
      })),
    );
    const originals = (await readAll(archive)).members;
    expect(originals.map(({ bytes }) => bytes)).toEqual(bodies);

    let whole = 0;
    for (let round = 0; round < 600; round++) {
      const { bytes, from } = mutate(archive, random);
      const { members, error } = await readAll(bytes, 1 + random.int(3000));
      if (error !== null) expect(error).toBeInstanceOf(StudioError);
      // Each block holds at most one header.
      expect(members.length).toBeLessThanOrEqual(bytes.length / 512);
      for (const found of members) {
        const [end, start] = [extentOf(bytes, found), from[found.offset]!];
        const untouched = from
          .subarray(found.offset, end)
          .every((place, i) => start >= 0 && place === start + i);
        const original = originals.find(({ offset }) => offset === start);
        // An undamaged member, from its first header to its last byte, equals the original.
        if (untouched && original)
          expect([found.name, same(found.bytes, original.bytes)]).toEqual([original.name, true]);
        if (untouched && original) whole++;
        // Any other has the bytes of the archive behind its header.
        else expect(same(found.bytes, bytes.subarray(end - found.bytes.length, end))).toBe(true);
      }
    }
    // Most members must be undamaged for the test to mean anything.
    expect(whole).toBeGreaterThan(2000);
  });

  /** Where a member's contents end according to its headers. */
  function extentOf(bytes: Uint8Array, { offset, bytes: { length } }: TarMember): number {
    let at = offset;
    while ('LKxg'.includes(String.fromCharCode(bytes[at + 156]!))) {
      const size = parseInt(new TextDecoder().decode(bytes.subarray(at + 124, at + 135)), 8);
      at += 512 + Math.ceil(size / 512) * 512;
    }
    return at + 512 + length;
  }

  it.each([
    ['a picture', '0'],
    ['a long name', 'L'],
    ['a pax header', 'x'],
    ['a sparse file', 'S'],
    ['something unknown', 'Z'],
  ])('allocates no more than the archive has for %s with a wrong size', async (_, type) => {
    for (const size of [
      octal(60 * 2 ** 20),
      octal(8 * 2 ** 30 - 1),
      `\x80\0\0\0\0\x07${'\xff'.repeat(6)}`,
    ]) {
      const archive = archiveOf(
        tarHeader({ type, size }),
        'hello',
        tarHeader({ name: 'b.jpg' }),
        'hello',
      );
      const seen = watchAllocations();
      const { members, error } = await readAll(archive);
      vi.unstubAllGlobals();
      expect(members).toEqual([]);
      expect(error).toMatchObject({ code: 'bad-shard' });
      expect(seen.largest).toBeGreaterThan(0);
      expect(seen.largest).toBeLessThanOrEqual(archive.length);
    }
  });
});
