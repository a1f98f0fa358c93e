import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixedFace } from '../../../../test/fixtures/fixed-face';
import { filesIn, PackWorkshop, recordsOf } from '../../../../test/fixtures/pack-workshop';
import { AlignedSource, type Aligner } from '../../../inference/align/aligned-source';
import type { SkippedItem } from '../../../faces/survey/left-out';
import { openSource } from '../../node/node-files';
import { decodeImage, encodeCrop } from '../../node/decode-image';
import { PackFolder } from './pack-folder';
import type { PackInjections } from './pack-sets';

/** The whole picture of 224 × 224 is the face's crop, twice as large. */
const twice = fixedFace({ scale: 1, left: 0, top: 0 });
const none = fixedFace(null);

/** A picture of bands, so that a warp to the wrong place shows. */
const photo = async (side: number, grey: number) => {
  const data = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++)
    data.fill(y < side / 2 ? grey : 255 - grey, 3 * side * y, 3 * side * (y + 1));
  const raw = { width: side, height: side, channels: 3 } as const;
  return new Uint8Array(await sharp(data, { raw }).png().toBuffer());
};

let shop: PackWorkshop;
beforeAll(async () => {
  shop = await PackWorkshop.open();
  for (let i = 0; i < 12; i++)
    await shop.write(`photos/person${i % 3}/${i}.png`, await photo(224, 10 * i));
  await shop.write('photos/person0/crop.png', await photo(112, 40));
  await shop.write('photos/person1/damaged.png', (await photo(224, 9)).subarray(0, 60));
});
afterAll(() => shop.close());

/** Aligns with networks that find no face in pictures whose first byte is one of `faceless`. */
function aligning(faceless: readonly number[] = [], mode: Aligner['mode'] = 'auto') {
  const counts = { encoded: 0 };
  let networks = twice;
  const aligner: Aligner = {
    mode,
    networks: {
      detector: { ...twice.detector, run: (input) => networks.detector.run(input) },
      landmarks: twice.landmarks,
    },
    decode: async (bytes) => {
      const image = await decodeImage(bytes);
      networks = faceless.includes(image.data[0]!) ? none : twice;
      return image;
    },
    encode: (crop) => {
      counts.encoded++;
      return encodeCrop(crop);
    },
  };
  const how: PackInjections = {
    aligned: (source) => new AlignedSource(source, aligner),
    checkpointRecords: 3,
  };
  return { how, counts };
}

const request = (out: string) =>
  ({ source: `${shop.root}/photos`, out, align: 'auto', shardSize: 100 }) as const;

describe('a pack of aligned crops', () => {
  it('has a crop of each face, and counts pictures without one by name', async () => {
    const out = shop.newFolder();
    const skipped: SkippedItem[] = [];
    const summary = await shop.pack(request(out), aligning([50]).how, {
      skipped: (item) => skipped.push(item),
    });
    expect(summary.sets[0]).toMatchObject({ images: 12, identities: 3 });
    expect(skipped.map(({ kind, member }) => [kind, member])).toEqual(
      expect.arrayContaining([
        ['no-face', 'person2/5'],
        ['undecodable', expect.stringContaining('damaged')],
      ]),
    );
    expect(summary.leftOut!.map(({ kind, count }) => [kind, count])).toEqual([
      ['undecodable', 1],
      ['no-face', 1],
    ]);
    const records = await recordsOf(out);
    for (const { encoded } of records)
      expect(await decodeImage(encoded)).toMatchObject({ width: 112, height: 112 });
    // The crop is the picture at half its size: the bands meet in the middle.
    const { data } = await decodeImage(records.find(({ key }) => key.endsWith('_10'))!.encoded);
    expect(data[3 * (112 * 20 + 56)]).toBeCloseTo(100, -1);
    expect(data[3 * (112 * 92 + 56)]).toBeCloseTo(155, -1);
    expect(await (await openSource(out)).info()).toMatchObject({ images: 12 });
  });

  it('leaves crops as they are, byte for byte, unless all are to be aligned', async () => {
    const crop = await photo(112, 40);
    for (const mode of ['auto', 'always'] as const) {
      const out = shop.newFolder();
      await shop.pack({ ...request(out), align: mode }, aligning([], mode).how);
      const { encoded } = (await recordsOf(out)).find(({ key }) => key.endsWith('crop'))!;
      expect(Buffer.from(encoded).equals(crop)).toBe(mode === 'auto');
    }
  });

  it('goes on after it was killed without aligning again what it wrote', async () => {
    const whole = shop.newFolder();
    const all = aligning([20, 50]);
    const expected = await shop.pack(request(whole), all.how);
    class MortalFolder extends PackFolder {
      #left = 10;
      override async append(path: string, bytes: Uint8Array): Promise<void> {
        if (--this.#left === 0) throw new Error('killed');
        await super.append(path, bytes);
      }
    }
    const out = shop.newFolder();
    const first = aligning([20, 50]);
    const killed = { ...first.how, folderAt: (root: string) => new MortalFolder(root) };
    await expect(shop.pack(request(out), killed)).rejects.toThrow('killed');
    const rest = aligning([20, 50]);
    expect(await shop.pack(request(out), rest.how)).toEqual(expected);
    expect(await filesIn(out)).toEqual(await filesIn(whole));
    expect(first.counts.encoded).toBeGreaterThan(3);
    expect(rest.counts.encoded).toBeLessThanOrEqual(all.counts.encoded - 3);
  });

  it('is not resumed as a pack of other alignment', async () => {
    const out = shop.newFolder();
    await shop.pack(request(out), aligning().how);
    await expect(shop.pack({ ...request(out), align: undefined })).rejects.toThrow(
      'align auto, now undefined',
    );
  });

  it('without a face anywhere is refused, with what to do', async () => {
    const { how } = aligning(
      Array.from({ length: 256 }, (_, i) => i),
      'always',
    );
    await expect(
      shop.pack({ ...request(shop.newFolder()), align: 'always' }, how),
    ).rejects.toMatchObject({
      code: 'bad-source',
      nextStep: expect.stringContaining('Check that the pictures show faces'),
    });
  });
});
