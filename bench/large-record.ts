import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../src/core/seeded-random';
import { inChromium } from './in-chromium';
import { watchMemory } from './watch-memory';

/** MS1MV2's pictures and people. */
const [PICTURES, PEOPLE] = [5_822_653, 85_742];
/** Pictures whose bytes are really there; the rest of the file is a hole. */
const WRITTEN = 20_000;
const [READ, ROUNDS] = [1000, 9];

/**
 * A RecordIO set of MS1MV2's size opened in headless Chromium, and random records read from it, in
 * time and memory. The set is made in the system's temporary folder, takes some 320 MB there, and
 * is removed at the end.
 */
export default async function largeRecord(): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'scf-large-record-'));
  try {
    const files = [join(folder, 'train.rec'), join(folder, 'train.idx')] as const;
    const rows = writeSet(...files);
    const [rec, idx] = await Promise.all(files.map((path) => stat(path)));
    const random = seededRandom(2);
    const chosen = Array.from({ length: READ }, () => rows[random.int(rows.length)]!);
    const figures = await measure(files, chosen);
    return {
      ...figures,
      recBytes: rec!.size,
      idxBytes: idx!.size,
      diskBytes: 512 * (rec!.blocks + idx!.blocks),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Writes a set as InsightFace's face2rec2.py does, pictures first, then record 0, then people: a
 * `.rec` with few of its pictures in it, and the whole `.idx`.
 * @returns the rows whose pictures are there
 */
function writeSet(rec: string, idx: string): number[] {
  const random = seededRandom(1);
  const written = new Set<number>();
  while (written.size < WRITTEN) written.add(random.int(PICTURES));
  // No byte of the magic number's upper half, so that none of these is cut.
  const noise = Buffer.from(Array.from({ length: 16_384 }, () => random.int(128)));
  const [recFile, idxFile] = [openSync(rec, 'w'), openSync(idx, 'w')];
  let [offset, lines] = [0, ''];
  const add = (key: number, labels: readonly number[], imageLength: number, isThere: boolean) => {
    lines += `${key}\t${offset}\n`;
    if (lines.length > 2 ** 20) {
      writeSync(idxFile, lines);
      lines = '';
    }
    const length = 24 + 4 * labels.length + imageLength;
    if (isThere)
      writeSync(
        recFile,
        recordOf(key, labels, noise.subarray(key % 4096, (key % 4096) + imageLength)),
        0,
        undefined,
        offset,
      );
    offset += 8 + 4 * Math.ceil(length / 4);
  };
  for (let row = 0; row < PICTURES; row++)
    add(row + 1, [row % PEOPLE, 1], 3000 + random.int(6000), written.has(row));
  add(0, [PICTURES + 1, PICTURES + 1 + PEOPLE], 0, true);
  for (let person = 0; person < PEOPLE; person++) add(PICTURES + 1 + person, [1, 2], 0, true);
  writeSync(idxFile, lines);
  ftruncateSync(recFile, offset);
  closeSync(recFile);
  closeSync(idxFile);
  return [...written];
}

function recordOf(key: number, labels: readonly number[], image: Uint8Array): Buffer {
  const length = 24 + 4 * labels.length + image.length;
  const bytes = Buffer.alloc(8 + 4 * Math.ceil(length / 4));
  bytes.writeUInt32LE(0xced7230a, 0);
  bytes.writeUInt32LE(length, 4);
  bytes.writeUInt32LE(labels.length, 8);
  bytes.writeBigUInt64LE(BigInt(key), 16);
  labels.forEach((label, i) => bytes.writeFloatLE(label, 32 + 4 * i));
  bytes.set(image, 32 + 4 * labels.length);
  return bytes;
}

function measure(
  files: readonly string[],
  rows: readonly number[],
): Promise<Record<string, unknown>> {
  return inChromium({ name: 'large-record', global: 'largeRecord' }, async (page) => {
    await page.setInputFiles('input', [...files]);
    const session = await page.context().newCDPSession(page);
    const watched = watchMemory(session);
    const opened = await page.evaluate(() => window.largeRecord.open());
    const { bytes: peakBytes } = await watched();
    const { bytes: memoryBytes } = await page.evaluate(() => window.largeRecord.memory());
    const reads = await page.evaluate(
      ([chosen, rounds]) => window.largeRecord.read(chosen, rounds),
      [rows, ROUNDS] as const,
    );
    const order = await page.evaluate(() => window.largeRecord.order());
    return {
      ...opened,
      memoryBytes,
      memoryBy: 'performance.measureUserAgentSpecificMemory',
      peakBytes,
      peakBy: 'Runtime.getHeapUsage',
      ...reads,
      ...order,
    };
  });
}
