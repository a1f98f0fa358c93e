import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  mixedBytes,
  storedMember,
  streamed,
  wholeOf,
} from '../../../../test/fixtures/gzip-members';
import { gunzipped } from './gunzip-stream';
import { gzipPieces } from './gzip-pieces';

async function* chunks(bytes: Uint8Array, piece: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

/** Offsets of pieces that may begin a member, and the sizes stated before them. */
async function cutsOf(bytes: Uint8Array, piece: number): Promise<[number, number][]> {
  const [cuts, read]: [[number, number][], number[]] = [[], []];
  for await (const { bytes: part, sizeBefore } of gzipPieces(chunks(bytes, piece))) {
    if (sizeBefore !== null) cuts.push([read.length, sizeBefore]);
    read.push(...part);
  }
  expect(Uint8Array.from(read)).toEqual(bytes);
  return cuts;
}

describe('pieces of a gzip file', () => {
  const [first, second] = [gzipSync(mixedBytes(1, 3000)), gzipSync(new Uint8Array())];
  const bytes = new Uint8Array(Buffer.concat([first, second, gzipSync('three')]));

  it('begin where members do, for any chunk size, and nothing is lost', async () => {
    const expected = [
      [first.length, 3000],
      [first.length + second.length, 0],
    ];
    for (const piece of [1, 2, 3, 4, 5, 17, 100, 4096])
      expect(await cutsOf(bytes, piece)).toEqual(expected);
  });

  it('also begin at bytes that look like a header, with another size before them', async () => {
    const stored = storedMember(mixedBytes(2, 9000));
    const cuts = await cutsOf(stored, 999);
    expect(cuts).toHaveLength(3);
    for (const [, size] of cuts) expect(size).not.toBe(9000);
  });
});

describe('gunzip', () => {
  it.each([1, 7, 1000, 65_536, 10_000_000])(
    'reads all members, in pieces of %i bytes',
    async (piece) => {
      const length = piece === 1 ? 5000 : 300_000;
      const parts = [
        mixedBytes(1, length),
        new Uint8Array(),
        mixedBytes(2, 10),
        mixedBytes(3, length),
      ];
      const members = [
        gzipSync(parts[0]!),
        gzipSync(parts[1]!),
        storedMember(parts[2]!),
        gzipSync(parts[3]!),
      ];
      const result = await wholeOf(gunzipped(streamed(members, piece)));
      expect(Buffer.compare(result, Buffer.concat(parts))).toBe(0);
    },
  );

  it('is not misled by headers inside a member', async () => {
    const bytes = mixedBytes(5, 200_000);
    expect(
      Buffer.compare(await wholeOf(gunzipped(streamed([storedMember(bytes)], 4096))), bytes),
    ).toBe(0);
  });

  it('fails if a member is cut off or something else follows', async () => {
    const whole = gzipSync(mixedBytes(1, 50_000));
    await expect(
      wholeOf(gunzipped(streamed([whole, whole.subarray(0, 9000)], 1000))),
    ).rejects.toThrow();
    await expect(wholeOf(gunzipped(streamed([whole.subarray(0, 9000)], 1000)))).rejects.toThrow();
  });

  it('can be cancelled at any time', async () => {
    for (const reads of [0, 1, 5]) {
      let cancelled = false;
      const source = streamed(
        Array.from({ length: 20 }, (_, i) => gzipSync(mixedBytes(i, 30_000))),
        5000,
      ).getReader();
      const input = new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { done, value } = await source.read();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: () => void (cancelled = true),
      });
      const reader = gunzipped(input).getReader();
      for (let i = 0; i < reads; i++) await reader.read();
      await reader.cancel();
      expect(cancelled).toBe(true);
    }
  });
});
