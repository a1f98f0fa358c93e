import { describe, expect, it } from 'vitest';
import { BlobByteSource } from '../../formats/bytes/byte-source';
import { encodeRecord, imagePayload } from '../../formats/recordio/recordio-writer';
import type { SkippedItem } from '../survey/left-out';
import { RecordIoTable } from './recordio/recordio-table';
import { TableSource } from './table-source';

interface Packed {
  readonly key: number;
  readonly label: number | readonly number[];
  readonly image?: string;
}

const sourceOf = (name: string, bytes: Uint8Array | string) =>
  new BlobByteSource(name, new Blob([bytes as BlobPart]));

/** A set of records; the index holds those that `isIndexed` selects. */
function setOf(
  records: readonly Packed[],
  isIndexed: ((key: number) => boolean) | null = () => true,
) {
  const encoded = records.map(({ key, label, image = '' }) =>
    encodeRecord(imagePayload(label, key, new TextEncoder().encode(image))),
  );
  let offset = 0;
  const lines = encoded.map((bytes, i) => {
    const line = `${records[i]!.key}\t${offset}\n`;
    offset += bytes.length;
    return isIndexed?.(records[i]!.key) ? line : '';
  });
  const rec = sourceOf('train.rec', Buffer.concat(encoded));
  return { rec, idx: isIndexed ? sourceOf('train.idx', lines.join('')) : undefined };
}

async function readSet(files: ReturnType<typeof setOf>) {
  const table = await RecordIoTable.open('faces', files, {
    local: true,
    onDamage: () => undefined,
  });
  const source = new TableSource(table);
  const [pictures, skipped]: [string[], SkippedItem[]] = [[], []];
  const onSkip = (item: SkippedItem) => void skipped.push(item);
  for await (const { key, label, encoded } of source.open({
    seed: 0,
    epoch: 0,
    shuffleBuffer: 0,
    onSkip,
  })) {
    pictures.push(`${key} ${label} ${new TextDecoder().decode(encoded)}`);
  }
  const { leftOut = [], identities } = await source.info();
  return { pictures, skipped, leftOut, identities };
}

/**
 * InsightFace's layout: record 0 with counts rounded to float32, pictures with the given keys, and
 * people from `end` on.
 */
function insightFace(pictures: readonly number[], end: number, people: number): Packed[] {
  return [
    { key: 0, label: [Math.fround(end), Math.fround(end + people)] },
    ...pictures.map((key, i) => ({ key, label: i % people, image: `p${key}` })),
    ...Array.from({ length: people }, (_, i) => ({ key: end + i, label: [1, 2] })),
  ];
}

describe('counts rounded to float32', () => {
  it.each([
    // Rounded down by one: the last picture would count as a person's record.
    [16_777_217, 3],
    // Rounded up by one: the first person would count as an unreadable picture, with one person too
    // few.
    [16_777_219, 3],
    [16_777_216, 2],
    [16_777_218, 5],
    [33_554_434, 4],
    [33_554_435, 3],
    [33_554_437, 3],
    [67_108_869, 7],
  ])('are corrected by the records: pictures up to %i, %i people', async (end, people) => {
    const keys = [1, 2, ...Array.from({ length: 9 }, (_, i) => end - 9 + i)];
    for (const isIndexed of [() => true, null]) {
      const { pictures, skipped, identities, leftOut } = await readSet(
        setOf(insightFace(keys, end, people), isIndexed),
      );
      expect(pictures).toEqual(keys.map((key, i) => `${key} ${i % people} p${key}`));
      expect(skipped).toEqual([]);
      expect(identities).toBe(people);
      expect(leftOut).toMatchObject([{ count: end - 1 - keys.length }]);
    }
  });

  it('are corrected even if the first person’s record is missing', async () => {
    const end = 16_777_219;
    const records = insightFace([1, end - 2, end - 1], end, 3);
    const { pictures } = await readSet(setOf(records, (key) => key !== end));
    expect(pictures.map((picture) => picture.split(' ')[0])).toEqual([
      '1',
      String(end - 2),
      String(end - 1),
    ]);
  });
});

describe('an index that misses records', () => {
  const records = insightFace([1, 2, 3, 4, 5, 6], 7, 2);

  it('is detected by the count in record 0', async () => {
    const { pictures, leftOut } = await readSet(setOf(records, (key) => key !== 2 && key !== 6));
    expect(pictures).toHaveLength(4);
    expect(leftOut).toEqual([
      { kind: 'not-indexed', count: 2, first: ['train.rec 2', 'train.rec 6'] },
    ]);
    expect((await readSet(setOf(records))).leftOut).toEqual([]);
  });

  it('counts as damage without an index, if the file lacks records', async () => {
    const { leftOut } = await readSet(
      setOf(
        records.filter(({ key }) => key !== 3),
        null,
      ),
    );
    expect(leftOut).toEqual([{ kind: 'damaged-record', count: 1, first: ['train.rec 3'] }]);
  });

  it('is compared with record 0, which reports keys beyond its count', async () => {
    const { pictures, leftOut } = await readSet(
      setOf([...records, { key: 9, label: 1, image: 'p9' }, { key: 10, label: 1, image: 'p10' }]),
    );
    expect(pictures).toHaveLength(6);
    expect(leftOut).toEqual([
      {
        kind: 'not-listed',
        count: 2,
        first: ['train.rec 9: record 0 counts up to 8', 'train.rec 10: record 0 counts up to 8'],
      },
    ]);
  });

  const plain = Array.from({ length: 8 }, (_, key) => ({ key, label: key % 3, image: `p${key}` }));

  it('at the end is detected without record 0', async () => {
    const { pictures, leftOut, skipped } = await readSet(setOf(plain, (key) => key < 5));
    expect(pictures).toHaveLength(5);
    expect(leftOut).toMatchObject([{ kind: 'not-indexed', count: 3 }]);
    expect(skipped).toEqual([]);
    expect((await readSet(setOf(plain))).leftOut).toEqual([]);
  });

  it('in between is detected without record 0', async () => {
    const { pictures, leftOut, skipped } = await readSet(
      setOf(plain, (key) => ![2, 3, 6].includes(key)),
    );
    expect(pictures.map((picture) => picture.split(' ')[0])).toEqual(['0', '1', '4', '5', '7']);
    expect(leftOut).toEqual([]);
    expect(skipped).toMatchObject([
      { member: '1', kind: 'not-indexed', count: 2 },
      { member: '5', kind: 'not-indexed', count: 1 },
    ]);
  });
});
