import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { seededRandom } from '../../core/seeded-random';
import type { FaceRecord } from '../face-record';
import type { FaceSource, OpenOptions } from '../face-source';
import { RecordIoTable } from '../sources/recordio/recordio-table';
import { SourceSurvey } from './source-survey';
import { surveySource } from './survey-source';
import { TableSource } from '../sources/table-source';

const recordOf = (key: string, label: number, encoded: Uint8Array): FaceRecord => ({
  key,
  label,
  encoded,
  shard: 'a.tar',
});

type Kind = 'jpeg' | 'png' | 'webp' | 'gif';
const encoded = async (kind: Kind, width: number, height: number, grey: number) =>
  new Uint8Array(
    await sharp({
      create: { width, height, channels: 3, background: { r: grey, g: grey, b: grey } },
    })
      .toFormat(kind)
      .toBuffer(),
  );

/**
 * The first bytes of a PNG with the given size, followed by a number that makes it unique.
 */
function pngHeader(width: number, height: number, number = 0): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  view.setUint32(28, number);
  return bytes;
}

describe('a survey', () => {
  let pictures: Record<Kind, Uint8Array>;
  beforeAll(async () => {
    pictures = {
      jpeg: await encoded('jpeg', 112, 112, 10),
      png: await encoded('png', 112, 112, 20),
      webp: await encoded('webp', 96, 112, 30),
      gif: await encoded('gif', 8, 9, 40),
    };
  });

  it('adds up pictures, bytes, people, encodings and sizes', () => {
    const survey = new SourceSurvey();
    const all = Object.values(pictures);
    all.forEach((picture, i) => survey.add(recordOf(String(i), i % 2, picture)));
    expect(survey.result()).toEqual({
      images: 4,
      bytes: all.reduce((sum, { length }) => sum + length, 0),
      used: 4,
      identities: 2,
      labels: { min: 0, max: 1, distinct: 2, dense: true },
      perIdentity: {
        min: 2,
        median: 2,
        max: 2,
        mean: 2,
        histogram: [
          { from: 1, to: 1, identities: 0 },
          { from: 2, to: 3, identities: 2 },
        ],
      },
      duplicates: { pictures: 0, examples: [] },
      unreadable: 0,
      skipped: 0,
      reasons: [],
      leftOut: [],
      formats: { jpeg: 1, png: 1, webp: 1, gif: 1 },
      sizes: [
        { size: '112x112', pictures: 2 },
        { size: '96x112', pictures: 1 },
        { size: '8x9', pictures: 1 },
      ],
      otherSizes: 0,
    });
  });

  it('has no facts about labels without records', () => {
    const { images, labels, perIdentity, duplicates } = new SourceSurvey().result();
    expect([images, labels, perIdentity, duplicates.pictures]).toEqual([
      0,
      undefined,
      undefined,
      0,
    ]);
  });

  it('counts unreadable headers and skipped items, with the first 20 reasons', () => {
    const survey = new SourceSurvey();
    const cut = pictures.jpeg.subarray(0, 30);
    const noPicture = new TextEncoder().encode('<html>404</html>');
    survey.add(recordOf('cut', 0, cut));
    survey.add(recordOf('page', 0, noPicture));
    survey.add(recordOf('none', 0, new Uint8Array()));
    survey.add(recordOf('flat', 0, pngHeader(112, 0)));
    survey.skip({
      shard: 'b.tar',
      member: 'x.cls',
      kind: 'without-label',
      reason: 'its label is "?"',
    });
    const { images, unreadable, skipped, reasons, formats, otherSizes } = survey.result();
    expect([images, unreadable, skipped, otherSizes]).toEqual([4, 5, 1, 0]);
    expect(formats).toEqual({ jpeg: 1, png: 1, other: 2 });
    expect(reasons).toEqual([
      { shard: 'a.tar', member: 'cut', kind: 'undecodable', reason: 'its JPEG header is damaged' },
      {
        shard: 'a.tar',
        member: 'page',
        kind: 'undecodable',
        reason: 'it is no picture (it begins with 3c 68 74 6d 6c 3e 34 30)',
      },
      {
        shard: 'a.tar',
        member: 'none',
        kind: 'empty-file',
        reason: 'it is no picture (it is empty)',
      },
      {
        shard: 'a.tar',
        member: 'flat',
        kind: 'undecodable',
        reason: 'its header says 112 × 0 pixels',
      },
      { shard: 'b.tar', member: 'x.cls', kind: 'without-label', reason: 'its label is "?"' },
    ]);
    for (let i = 0; i < 100; i++)
      survey.skip({ shard: 'b.tar', kind: 'lost-shard', reason: 'lost' });
    expect([survey.result().reasons.length, survey.result().unreadable]).toEqual([20, 105]);
  });

  it('counts pictures per person in doubling bins', () => {
    const survey = new SourceSurvey();
    const counts = [1, 1, 2, 3, 4, 7, 8, 40];
    counts.forEach((count, label) => {
      for (let i = 0; i < count; i++)
        survey.add(recordOf(`${label}-${i}`, 3 * label, pngHeader(112, 112, 100 * label + i)));
    });
    const { perIdentity, labels } = survey.result();
    expect(labels).toEqual({ min: 0, max: 21, distinct: 8, dense: false });
    expect(perIdentity).toMatchObject({ min: 1, median: 3.5, max: 40, mean: 66 / 8 });
    expect(
      perIdentity!.histogram.map(({ from, to, identities }) => `${from}-${to} ${identities}`),
    ).toEqual(['1-1 2', '2-3 2', '4-7 2', '8-15 1', '16-31 0', '32-63 1']);
  });

  it('accepts labels of any size, and recognises dense ones', () => {
    for (const [labels, dense] of [
      [[0, 1, 2], true],
      [[2, 0, 1, 1], true],
      [[1, 2, 3], false],
      [[0, 2], false],
      [[0, 2 ** 53 - 1], false],
      [[0, 2 ** 32, 2 ** 33], false],
    ] as const) {
      const survey = new SourceSurvey();
      labels.forEach((label, i) => survey.add(recordOf(String(i), label, pngHeader(1, 1, i))));
      const distinct = new Set(labels).size;
      expect(survey.result().labels).toEqual({
        min: Math.min(...labels),
        max: Math.max(...labels),
        distinct,
        dense,
      });
      expect(survey.result().identities).toBe(distinct);
    }
  });

  it('counts labels like a Map, for any number and range', () => {
    const random = seededRandom(31);
    const survey = new SourceSurvey();
    const expected = new Map<number, number>();
    const picture = pngHeader(1, 1);
    for (let i = 0; i < 40_000; i++) {
      const label = random.int(2) ? random.int(9000) : random.int(4000) * 2 ** (2 * random.int(20));
      survey.add(recordOf(String(i), label, picture));
      expected.set(label, (expected.get(label) ?? 0) + 1);
    }
    const { perIdentity, identities, labels } = survey.result();
    const counts = [...expected.values()];
    expect([identities, labels!.max]).toEqual([expected.size, Math.max(...expected.keys())]);
    expect([perIdentity!.max, perIdentity!.mean]).toEqual([
      Math.max(...counts),
      40_000 / expected.size,
    ]);
    for (const { from, to, identities: found } of perIdentity!.histogram)
      expect(found).toBe(counts.filter((count) => count >= from && count <= to).length);
  });

  it('lists the eight most common sizes, with bounded memory for many sizes', () => {
    const survey = new SourceSurvey();
    for (let i = 0; i < 10_000; i++) survey.add(recordOf(String(i), 0, pngHeader(i + 1, 7)));
    for (let i = 0; i < 5; i++) survey.add(recordOf(`more${i}`, 0, pngHeader(3, 7, i + 1)));
    const { sizes, otherSizes } = survey.result();
    expect(sizes[0]).toEqual({ size: '3x7', pictures: 6 });
    expect([sizes.length, otherSizes]).toEqual([8, 10_005 - 13]);
  });
});

describe('duplicates', () => {
  const surveyOf = (pictures: readonly Uint8Array[]) => {
    const survey = new SourceSurvey();
    pictures.forEach((picture, i) => survey.add(recordOf(`k${i}`, 0, picture)));
    return survey.result().duplicates;
  };

  it('are pictures that equal an earlier one, with the key of the first', () => {
    const [a, b] = [pngHeader(1, 1, 1), pngHeader(1, 1, 2)];
    expect(surveyOf([a, b, a.slice(), a.slice(), b.slice()])).toEqual({
      pictures: 3,
      examples: [
        { key: 'k2', sameAs: 'k0' },
        { key: 'k3', sameAs: 'k0' },
        { key: 'k4', sameAs: 'k1' },
      ],
    });
  });

  it('are named with their shards if they lie in two', () => {
    const survey = new SourceSurvey();
    const picture = pngHeader(1, 1, 1);
    for (const shard of ['a.tar', 'b.tar']) survey.add({ ...recordOf('k0', 0, picture), shard });
    expect(survey.result().duplicates.examples).toEqual([{ key: 'b.tar k0', sameAs: 'a.tar k0' }]);
  });

  it('are distinguished from pictures that differ in one bit, byte or length', () => {
    const random = seededRandom(5);
    const picture = Uint8Array.from({ length: 67 }, () => random.int(256));
    const near = [picture];
    for (let at = 0; at < picture.length; at++) {
      for (let bit = 0; bit < 8; bit++)
        near.push(picture.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte)));
      near.push(picture.subarray(0, at));
    }
    for (let zeros = 1; zeros < 40; zeros++) near.push(new Uint8Array(zeros + 100));
    expect(surveyOf(near)).toEqual({ pictures: 0, examples: [] });
  });

  it('do not depend on a picture’s position in its buffer', () => {
    const picture = pngHeader(5, 5, 77);
    const moved = new Uint8Array(100);
    moved.set(picture, 3);
    expect(surveyOf([picture, moved.subarray(3, 3 + picture.length)]).pictures).toBe(1);
  });

  it('are all counted beyond the number of held keys, with examples at any distance', () => {
    const survey = new SourceSurvey();
    const size = 300_000;
    const number = new Uint8Array(8);
    const view = new DataView(number.buffer);
    const add = (value: number, key: string) => {
      view.setUint32(0, value);
      survey.add(recordOf(key, 0, number));
    };
    for (let i = 0; i < size; i++) add(i, `first${i}`);
    expect(survey.result().duplicates).toEqual({ pictures: 0, examples: [] });
    for (let i = 0; i < 1000; i++) add(i * 300, `again${i * 300}`);
    const { pictures, examples } = survey.result().duplicates;
    expect([pictures, examples.length]).toEqual([1000, 20]);
    for (const { key, sameAs } of examples) expect(sameAs).toBe(key.replace('again', 'first'));
  });
});

describe('surveying a source', () => {
  /** Records from memory; every third is damaged. */
  class MemorySource implements FaceSource {
    opened: OpenOptions | null = null;
    closed = false;

    constructor(readonly count: number) {}

    async info() {
      return { name: 'memory', shards: ['a.tar'], form: 'webdataset', shuffle: 'blocks' } as const;
    }

    async fingerprint() {
      return `memory ${this.count}`;
    }

    async *open(options: OpenOptions): AsyncGenerator<FaceRecord> {
      this.opened = options;
      try {
        for (let i = 0; i < this.count; i++) {
          if (i % 3 === 2)
            options.onSkip?.({
              shard: 'a.tar',
              member: String(i),
              kind: 'damaged-record',
              reason: 'damaged',
            });
          else yield recordOf(String(i), i % 5, pngHeader(112, 112, i));
        }
      } finally {
        this.closed = true;
      }
    }
  }

  it('reads it once in its own order, and reports progress and skipped items', async () => {
    const source = new MemorySource(900);
    const progress: number[] = [];
    const { survey, count } = await surveySource(source, {
      onProgress: (done) => progress.push(done),
    });
    expect([survey.images, survey.skipped, survey.unreadable, survey.identities]).toEqual([
      600, 300, 300, 5,
    ]);
    expect(count).toMatchObject({
      used: 600,
      complete: true,
      records: 900,
      leftOut: [{ kind: 'damaged-record', count: 300 }],
    });
    expect(progress).toEqual([256, 512, 600]);
    expect(source.opened!.shuffleBuffer).toBe(0);
  });

  it.each([
    [{ records: 10 }, 7, 10],
    [{ read: 10 }, 10, 14],
    [{ bytes: 3 * pngHeader(1, 1).length }, 3, 4],
    [{ records: 0 }, 0, 0],
  ])('stops at the limit (%j), says so and closes the source', async (reach, used, records) => {
    const source = new MemorySource(900);
    const { count } = await surveySource(source, { reach });
    expect(count).toMatchObject({ used, records, complete: false });
    expect(source.closed).toBe(true);
  });

  it('is complete if the limit is reached with the last record', async () => {
    expect(
      (await surveySource(new MemorySource(7), { reach: { records: 7 } })).count,
    ).toMatchObject({ complete: true, records: 7, used: 5 });
    expect(
      (await surveySource(new MemorySource(8), { reach: { records: 7 } })).count.complete,
    ).toBe(false);
  });

  it('agrees with the index and property file of a RecordIO set', async () => {
    const fileOf = (name: string, path: string) =>
      new BlobByteSource(
        name,
        new Blob([
          readFileSync(new URL(`../../../test/fixtures/recordio/${path}`, import.meta.url)),
        ]),
      );
    const table = await RecordIoTable.open(
      'faces',
      {
        rec: fileOf('train.rec', 'insightface.rec.bin'),
        idx: fileOf('train.idx', 'insightface.idx'),
      },
      { local: true },
    );
    const { survey } = await surveySource(new TableSource(table));
    const { images, identities, labels } = survey;
    expect([images, identities, labels]).toEqual([
      table.count,
      table.identities,
      { min: 0, max: 2, distinct: 3, dense: true },
    ]);
  });
});
