import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DecodePool } from './decode-pool';
import type { DecodeAnswer, DecodeRequest } from './decode-worker';

/** A worker that records its requests, and answers when the test calls `answer`. */
class SlowWorker {
  static readonly made: SlowWorker[] = [];
  readonly requests: DecodeRequest[] = [];
  onmessage: ((event: { data: DecodeAnswer }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;
  terminated = false;

  constructor() {
    SlowWorker.made.push(this);
  }

  postMessage(request: DecodeRequest, transfer: Transferable[]): void {
    this.requests.push(structuredClone(request, { transfer }));
  }

  answer(place: number, rest: { crop: Uint8Array } | { reason: string }): void {
    this.onmessage!({ data: { id: this.requests[place]!.id, ...rest } });
  }

  terminate(): void {
    this.terminated = true;
  }
}

const encoded = (byte: number) => new Uint8Array(8).fill(byte);
const crop = (byte: number) => new Uint8Array(3).fill(byte);
const firstBytes = (worker: SlowWorker) => worker.requests.map((request) => request.encoded[0]);

beforeEach(() => {
  SlowWorker.made.length = 0;
  vi.stubGlobal('Worker', SlowWorker);
});
afterEach(() => void vi.unstubAllGlobals());

it('returns each caller its own crop, for any order of answers', async () => {
  const pool = new DecodePool(1);
  const crops = [1, 2, 3].map((byte) => pool.decodeCrop(encoded(byte), null));
  const [worker] = SlowWorker.made;
  for (const place of [2, 0, 1]) worker!.answer(place, { crop: crop(10 + place) });
  expect(await Promise.all(crops)).toEqual([crop(10), crop(11), crop(12)]);
});

it('sends a picture to the worker with the fewest pending ones', () => {
  const pool = new DecodePool(2);
  for (const byte of [1, 2, 3, 4]) void pool.decodeCrop(encoded(byte), null);
  const [one, other] = SlowWorker.made as [SlowWorker, SlowWorker];
  expect([firstBytes(one), firstBytes(other)]).toEqual([
    [1, 3],
    [2, 4],
  ]);
  // The first worker is busy with a large picture; further ones go to the other.
  for (const place of [0, 1]) other.answer(place, { crop: crop(0) });
  for (const byte of [5, 6]) void pool.decodeCrop(encoded(byte), null);
  expect([firstBytes(one), firstBytes(other)]).toEqual([
    [1, 3],
    [2, 4, 5, 6],
  ]);
});

it('sends a view without the buffer around it, and leaves the caller its bytes', () => {
  const buffer = Uint8Array.from({ length: 1000 }, (_, i) => i);
  const view = buffer.subarray(100, 110);
  const pool = new DecodePool(1);
  for (let copy = 0; copy < 2; copy++) void pool.decodeCrop(view, null);
  for (const { encoded: sent } of SlowWorker.made[0]!.requests) {
    expect(sent).toEqual(Uint8Array.from([100, 101, 102, 103, 104, 105, 106, 107, 108, 109]));
    expect(sent.buffer.byteLength).toBe(10);
  }
  expect(view.length).toBe(10);
});

it('rejects a picture that can’t be decoded, and continues', async () => {
  const pool = new DecodePool(1);
  const [bad, good] = [pool.decodeCrop(encoded(1), null), pool.decodeCrop(encoded(2), null)];
  SlowWorker.made[0]!.answer(0, { reason: 'it is empty' });
  SlowWorker.made[0]!.answer(1, { crop: crop(7) });
  await expect(bad).rejects.toMatchObject({
    code: 'bad-image',
    message: "The picture can't be decoded: it is empty.",
  });
  expect(await good).toEqual(crop(7));
});

it('rejects all pending pictures of every worker when one crashes', async () => {
  const pool = new DecodePool(2);
  const crops = [1, 2].map((byte) => pool.decodeCrop(encoded(byte), null));
  SlowWorker.made[1]!.onerror!({ message: 'out of memory' });
  for (const waiting of [...crops, pool.decodeCrop(encoded(3), null)]) {
    await expect(waiting).rejects.toMatchObject({
      code: 'worker-crashed',
      message: 'A decode worker stopped: out of memory.',
    });
  }
});

it('rejects pending pictures on dispose, and terminates its workers', async () => {
  const pool = new DecodePool(2);
  const waiting = pool.decodeCrop(encoded(1), null);
  pool.dispose();
  await expect(waiting).rejects.toMatchObject({ code: 'worker-crashed' });
  expect(SlowWorker.made.map(({ terminated }) => terminated)).toEqual([true, true]);
});
