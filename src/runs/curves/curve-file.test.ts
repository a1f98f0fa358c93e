import { describe, expect, it } from 'vitest';
import { stepAt, stepsBetween } from '../../../test/fixtures/run-steps';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import { joinedBytes } from '../../formats/bytes/joined-bytes';
import {
  CURVES_FILE,
  decodeCurves,
  encodeCurveHeader,
  encodeCurveRows,
  encodeCurves,
  stepsOf,
} from './curve-file';
import { CurveLog } from './curve-log';
import { repairCurves } from './repair';

const never = (sentence: string) => expect.unreachable(sentence);
const read = async (store: MemoryFileStore) =>
  stepsOf(decodeCurves((await store.read(CURVES_FILE))!).columns);

describe('a curve file', () => {
  it('gives every figure back as it was', () => {
    const steps = [...stepsBetween(1, 20), stepAt(2 ** 30, { loss: NaN, kappaMean: Infinity })];
    const { columns, damagedRows } = decodeCurves(encodeCurves(steps));
    expect(stepsOf(columns)).toEqual(steps);
    expect(damagedRows).toBe(0);
    expect(encodeCurveRows(steps).length / steps.length).toBe(128);
  });

  it('cuts off a row that was not written to its end, at any byte', () => {
    const whole = encodeCurves(stepsBetween(1, 3));
    const two = encodeCurves(stepsBetween(1, 2)).length;
    for (let size = two; size < whole.length; size++) {
      const { columns, damagedRows, wholeBytes } = decodeCurves(whole.subarray(0, size));
      expect([columns.step.length, damagedRows, wholeBytes]).toEqual([2, 0, two]);
    }
  });

  it('leaves a damaged row out, and keeps those around it', () => {
    const bytes = encodeCurves(stepsBetween(1, 5));
    bytes[encodeCurveHeader().length + 2 * 128 + 9]! ^= 16;
    const { columns, damagedRows } = decodeCurves(bytes);
    expect([...columns.step]).toEqual([1, 2, 4, 5]);
    expect(damagedRows).toBe(1);
  });

  it('reads the columns of another version by their names', () => {
    const names = ['loss', 'temperature', 'step'];
    const file = [encodeCurveHeader(names), encodeCurveRows(stepsBetween(1, 2), names)];
    const { columns } = decodeCurves(joinedBytes(file));
    expect([...columns.step]).toEqual([1, 2]);
    expect(columns.loss[1]).toBe(stepAt(2).loss);
    expect(columns.kappaMean[0]).toBeNaN();
  });

  it('is refused if its first line is damaged', () => {
    for (const at of [0, 14, 40]) {
      const bytes = encodeCurves(stepsBetween(1, 2));
      bytes[at]! ^= 1;
      expect(() => decodeCurves(bytes)).toThrow(/begin with .*scf-curves-1/);
    }
    expect(() => decodeCurves(new Uint8Array())).toThrow('scf-curves-1');
  });
});

describe('the curves of a run that goes on', () => {
  it('are those up to its checkpoint, and the steps that follow', async () => {
    const store = new MemoryFileStore();
    const first = await CurveLog.open(store, 0, never);
    await first.append(stepsBetween(1, 8), false);
    // A crash in the middle of a row.
    const bytes = (await store.read(CURVES_FILE))!;
    await store.write(CURVES_FILE, bytes.subarray(0, -5));
    const second = await CurveLog.open(store, 6, never);
    await second.append(stepsBetween(7, 9), true);
    await second.cutAfter(8);
    await second.append([stepAt(9, { loss: 1 })], true);
    expect(await read(store)).toEqual([...stepsBetween(1, 8), stepAt(9, { loss: 1 })]);
  });

  it('are sound again after damage: the damaged file is set aside, and told once', async () => {
    const store = new MemoryFileStore();
    const bytes = encodeCurves(stepsBetween(1, 5));
    bytes[encodeCurveHeader().length + 128]! ^= 1;
    await store.write(CURVES_FILE, bytes);
    const told: string[] = [];
    const tell = (sentence: string) => void told.push(sentence);
    const log = await CurveLog.open(store, 5, tell);
    await log.append([stepAt(6)], false);
    await repairCurves(store, tell);
    expect((await read(store)).map(({ step }) => step)).toEqual([1, 3, 4, 5, 6]);
    expect(await store.read(`${CURVES_FILE}.damaged`)).toEqual(bytes);
    expect(told).toEqual([expect.stringContaining('1 step of them')]);
  });

  it('can be appended again after a full disk, without half a row', async () => {
    const store = new MemoryFileStore(4096);
    const log = await CurveLog.open(store, 0, never);
    await log.append(stepsBetween(1, 4), false);
    await expect(log.append(stepsBetween(5, 60), false)).rejects.toMatchObject({
      code: 'storage-full',
    });
    store.capacity = Infinity;
    await log.append(stepsBetween(5, 60), false);
    expect(await read(store)).toEqual(stepsBetween(1, 60));
  });
});
