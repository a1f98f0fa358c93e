import { expect, it } from 'vitest';
import { gunzipped } from '../../src/faces/sources/webdataset/gunzip-stream';
import { mixedBytes, storedMember, streamed, wholeOf } from '../fixtures/gzip-members';

const packed = async (bytes: Uint8Array<ArrayBuffer>) =>
  wholeOf(new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip')));

it.each([1000, 65_536, 10_000_000])(
  'the browser reads all members of a gzip file that comes in pieces of %i bytes',
  async (piece) => {
    const parts = [
      mixedBytes(1, 300_000),
      mixedBytes(2, 0),
      mixedBytes(3, 10),
      mixedBytes(4, 300_000),
    ];
    const members = [
      ...(await Promise.all(parts.slice(0, 3).map(packed))),
      storedMember(parts[3]!),
    ];
    // The browser's own decompression stops after the first member.
    const alone = streamed(members, piece).pipeThrough(
      new DecompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>,
    );
    await expect(wholeOf(alone)).rejects.toThrow();
    const result = await wholeOf(gunzipped(streamed(members, piece)));
    const expected = new Uint8Array(await new Blob(parts).arrayBuffer());
    expect(result.length).toBe(expected.length);
    expect(result.every((byte, i) => byte === expected[i])).toBe(true);
  },
);

it('the browser can cancel reading such a file, and gets an error if it is truncated', async () => {
  const members = await Promise.all([1, 2, 3].map((seed) => packed(mixedBytes(seed, 100_000))));
  const reader = gunzipped(streamed(members, 5000)).getReader();
  await reader.read();
  await reader.cancel();
  const broken = [members[0]!, members[1]!.subarray(0, 5000)];
  await expect(wholeOf(gunzipped(streamed(broken, 5000)))).rejects.toThrow();
});
