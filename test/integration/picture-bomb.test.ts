import { packTar } from 'modern-tar';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { decodeImage, nodeDecoder } from '../../src/cli/node/decode-image';
import { decodeInBrowser } from '../../src/faces/decode/decode-in-browser';
import { MAX_PIXELS } from '../../src/faces/face-record';
import { decodedFaces } from '../../src/faces/decode/decoded-stream';
import type { FaceSource } from '../../src/faces/face-source';
import type { SkippedItem } from '../../src/faces/survey/left-out';
import { SourceSurvey } from '../../src/faces/survey/source-survey';
import { WebDatasetSource } from '../../src/faces/sources/webdataset/webdataset-source';

/** A JPEG of a few hundred bytes, 112 × 112, whose header is changed to the given size. */
async function claiming(width: number, height: number): Promise<Uint8Array> {
  const jpeg = new Uint8Array(
    await sharp({ create: { width: 112, height: 112, channels: 3, background: '#777' } })
      .jpeg()
      .toBuffer(),
  );
  const frame = jpeg.findIndex((byte, at) => byte === 0xff && jpeg[at + 1] === 0xc0);
  const view = new DataView(jpeg.buffer);
  view.setUint16(frame + 5, height);
  view.setUint16(frame + 7, width);
  return jpeg;
}

/** Far below the 10.8 GB of 60000 × 60000 pixels, and far above what the test itself needs. */
const MAX_MEMORY = 500e6;

describe('a JPEG of a few hundred bytes that claims 60000 × 60000 pixels', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it('is refused in Node before memory is allocated for its pixels', async () => {
    const bomb = await claiming(60_000, 60_000);
    const before = process.memoryUsage().rss;
    const startedAt = performance.now();
    await expect(decodeImage(bomb, 'bomb.jpg')).rejects.toMatchObject({
      code: 'bad-image',
      message: expect.stringContaining("bomb.jpg can't be decoded"),
    });
    await expect(nodeDecoder.decodeCrop(bomb, null)).rejects.toMatchObject({ code: 'bad-image' });
    expect(process.memoryUsage().rss - before).toBeLessThan(MAX_MEMORY);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('is refused in the page before the decoder is called', async () => {
    const decoder = vi.fn();
    vi.stubGlobal('createImageBitmap', decoder);
    await expect(decodeInBrowser(await claiming(60_000, 60_000))).rejects.toThrow(
      'it has 60000 × 60000 pixels; at most 64 million are read',
    );
    expect(decoder).not.toHaveBeenCalled();
  });

  it('is counted as damage among the members of a tar, and the others are read', async () => {
    const bomb = await claiming(60_000, 60_000);
    const face = await claiming(112, 112);
    const members = [
      ['a', face],
      ['b', bomb],
      ['c', face],
    ] as const;
    const tar = await packTar(
      members.flatMap(([key, jpeg]) => [
        { header: { name: `${key}.jpg`, size: jpeg.length, type: 'file' as const }, body: jpeg },
        { header: { name: `${key}.cls`, size: 1, type: 'file' as const }, body: '0' },
      ]),
    );
    const opener = {
      open: async () => new Blob([tar as Uint8Array<ArrayBuffer>]).stream(),
      fingerprint: async () => 'a.tar',
    };
    const source = new WebDatasetSource('faces', { shards: [{ name: 'a.tar' }] }, opener);
    const skipped: SkippedItem[] = [];
    const keys: string[] = [];
    const open = {
      seed: 0,
      epoch: 0,
      shuffleBuffer: 0,
      onSkip: (item: SkippedItem) => skipped.push(item),
    };
    for await (const { key } of decodedFaces(source, nodeDecoder, {
      open,
      concurrency: 2,
      augmentation: 0,
      copies: 1,
      flip: false,
    }))
      keys.push(key);
    expect(keys).toEqual(['a', 'c']);
    const reason = expect.stringContaining("can't be decoded");
    expect(skipped).toEqual([{ shard: 'a.tar', member: 'b', kind: 'undecodable', reason }]);
  });

  it('is reported once, however many copies are made of a picture', async () => {
    const record = { key: 'b', label: 0, encoded: await claiming(60_000, 60_000), shard: 'a.tar' };
    const source: FaceSource = {
      info: async () => ({ name: 'one', form: 'folder', shuffle: 'global', shards: ['one'] }),
      fingerprint: async () => 'one',
      open: async function* () {
        yield record;
      },
    };
    const skipped: SkippedItem[] = [];
    const open = {
      seed: 0,
      epoch: 0,
      shuffleBuffer: 0,
      onSkip: (item: SkippedItem) => skipped.push(item),
    };
    const options = { open, concurrency: 2, augmentation: 1, copies: 4, flip: true };
    for await (const { key } of decodedFaces(source, nodeDecoder, options))
      expect(key).toBe('none');
    expect(skipped).toHaveLength(1);
  });

  it('appears in a survey with the size it claims, without allocating memory for it', async () => {
    const survey = new SourceSurvey();
    survey.add({ key: 'bomb', label: 0, encoded: await claiming(60_000, 60_000), shard: 'a.tar' });
    expect(survey.result().sizes).toEqual([{ size: '60000x60000', pictures: 1 }]);
  });
});

it('decodes in Node as many pixels as in the page, and no more', async () => {
  const side = Math.sqrt(MAX_PIXELS);
  // A cut-off picture of an allowed size is refused for its damage, not for its size.
  await expect(
    decodeImage((await claiming(side, side)).subarray(0, 300)),
  ).rejects.not.toMatchObject({ message: expect.stringContaining('at most 64 million are read') });
  await expect(decodeImage(await claiming(side, side + 1))).rejects.toMatchObject({
    message: expect.stringContaining('at most 64 million are read'),
  });
});
