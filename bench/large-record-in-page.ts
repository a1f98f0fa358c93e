import { permutation } from '../src/faces/sources/record-order';
import { RecordIoTable } from '../src/faces/sources/recordio/recordio-table';
import { BlobByteSource } from '../src/formats/bytes/byte-source';
import { seededRandom } from '../src/core/seeded-random';
import { median } from './median';

/** What the page measures; memory is asked for between the two calls. */
interface LargeRecordPage {
  open: () => Promise<{
    openSeconds: number;
    rows: number;
    identities: number | undefined;
    indexBytes: number;
  }>;
  memory: () => Promise<{ bytes: number }>;
  read: (rows: readonly number[], rounds: number) => Promise<Record<string, number>>;
  order: () => { orderBytes: number; orderMilliseconds: number };
}

declare global {
  interface Window {
    largeRecord: LargeRecordPage;
  }
  interface Performance {
    measureUserAgentSpecificMemory(): Promise<{ bytes: number }>;
  }
}

/** As many as an epoch in a global shuffle has under way. */
const AT_ONCE = 16;

let table: RecordIoTable;
let rec: File;

window.largeRecord = {
  async open() {
    const files = [...document.querySelector('input')!.files!];
    rec = files.find(({ name }) => name.endsWith('.rec'))!;
    const idx = files.find(({ name }) => name.endsWith('.idx'))!;
    const startedAt = performance.now();
    table = await RecordIoTable.open(
      'large',
      { rec: new BlobByteSource(rec.name, rec), idx: new BlobByteSource(idx.name, idx) },
      { local: true },
    );
    const openSeconds = (performance.now() - startedAt) / 1000;
    return {
      openSeconds,
      rows: table.count,
      identities: table.identities,
      indexBytes: table.index.bytes,
    };
  },

  memory: () => performance.measureUserAgentSpecificMemory(),

  /**
   * Rows through the table and the same bytes by Blob.slice, in turns, the first round uncounted;
   * medians of the others.
   */
  async read(rows, rounds) {
    const ranges = rows.map((row) => {
      const place = table.index.placeOf(row + 1);
      return { from: table.index.offsets[place]!, to: table.index.endAt(place) };
    });
    const record = async (i: number) => {
      const { key, label, encoded } = await table.read(rows[i]!);
      if (
        key !== String(rows[i]! + 1) ||
        label !== rows[i]! % table.identities! ||
        encoded.length === 0
      )
        throw new Error(`Row ${rows[i]} was read as record ${key} of ${label}.`);
    };
    const slice = async (i: number) => {
      const { from, to } = ranges[i]!;
      if ((await rec.slice(from, to).arrayBuffer()).byteLength !== to - from)
        throw new Error(`The slice at ${from} is short.`);
    };
    const rates = { record: [] as number[], slice: [] as number[] };
    for (let round = 0; round <= rounds; round++) {
      const turns = [
        ['record', record],
        ['slice', slice],
      ] as const;
      for (const [name, read] of round % 2 === 0 ? turns : turns.toReversed()) {
        const startedAt = performance.now();
        await manyAtOnce(rows.length, read);
        if (round > 0) rates[name].push((1000 * rows.length) / (performance.now() - startedAt));
      }
    }
    const [randomRecordsPerSecond, blobSlicesPerSecond] = [
      median(rates.record),
      median(rates.slice),
    ];
    return {
      randomRecordsPerSecond,
      blobSlicesPerSecond,
      ofBlobSlices: randomRecordsPerSecond / blobSlicesPerSecond,
    };
  },

  order() {
    const startedAt = performance.now();
    const order = permutation(table.count, seededRandom(1, 0));
    return { orderBytes: order.byteLength, orderMilliseconds: performance.now() - startedAt };
  },
};

async function manyAtOnce(count: number, read: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await read(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
