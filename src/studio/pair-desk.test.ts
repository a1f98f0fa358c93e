import { beforeAll, describe, expect, it } from 'vitest';
import { pairBin } from '../../test/fixtures/pair-bin';
import { smallBackbone, smallSource } from '../../test/fixtures/small-run';
import { startNodeWasm } from '../cli/node-backend';
import type { CropDecoder } from '../faces/crop-decoder';
import type { FaceRecord } from '../faces/face-record';
import { CROP_BYTES } from '../faces/packed-batch';
import { StudioError } from '../formats/studio-error';
import { createHead } from '../models/heads/create-head';
import { PairDesk, trainedHead, type TrainedHead } from './pair-desk';
import type { WorkerEvent } from './protocol';

const RECORDS: FaceRecord[] = [];
for await (const record of smallSource.open({ seed: 0, epoch: 0, shuffleBuffer: 0 })) RECORDS.push(record);
const pictureOf = (label: number, turn: number) => RECORDS.filter((record) => record.label === label)[turn % 8]!.jpeg;

/** A set whose even pairs show one person and whose odd ones two; pair `damaged` has a picture that can't be decoded. */
function setOf(pairs: number, damaged = -1): File {
  const same = Array.from({ length: pairs }, (_, i) => i % 2 === 0);
  const pictures = same.flatMap((isSame, i) => [i === damaged ? Uint8Array.of(7) : pictureOf(i % 10, i), pictureOf((i + (isSame ? 0 : 3)) % 10, i + 1)]);
  return new File([pairBin(pictures, same) as Uint8Array<ArrayBuffer>], 'small.bin');
}

function deskOf({ trained = null, onDecode = () => undefined }: { trained?: TrainedHead | null; onDecode?: (place: number) => void } = {}) {
  const events: WorkerEvent[] = [];
  const backbone = smallBackbone();
  let [decoded, closed] = [0, 0];
  const decoder: CropDecoder = {
    decodeCrop: async (jpeg) => {
      onDecode(decoded++);
      if (jpeg.length !== CROP_BYTES) throw new StudioError('bad-image', 'The picture is damaged.', 'Choose another.');
      return jpeg;
    },
    dispose: () => void closed++,
  };
  const desk = new PairDesk((event) => events.push(event), () => ({ backbone, trained, decoder }));
  const of = <T extends WorkerEvent['type']>(type: T) => events.filter((event): event is Extract<WorkerEvent, { type: T }> => event.type === type);
  return { desk, events, of, backbone, closed: () => closed };
}

const END: WorkerEvent = { type: 'pairs-progress', progress: null };

describe('the pair desk', () => {
  beforeAll(async () => void (await startNodeWasm()));

  it('scores a set by cosine alone where there is no head, with progress to its end', async () => {
    const { desk, events, of, closed } = deskOf();
    await desk.score(setOf(40));
    const set = of('pair-figures')[0]!.set!;
    expect(set).toMatchObject({ name: 'small.bin', pairs: 40, genuine: 20, impostor: 20, skipped: { count: 0, reasons: [] }, head: null, complete: true });
    expect(set.scf).toBeUndefined();
    expect(set.cosine.auc).toBeGreaterThan(0.8);
    expect(set.cosine.points.map(({ far, point }) => [far, point !== undefined])).toEqual([[0.1, true], [0.01, false], [0.001, false]]);
    expect(of('pairs-progress')[0]!.progress).toMatchObject({ done: 0, total: 40, unit: 'pairs' });
    expect(of('pairs-progress').at(-2)!.progress).toMatchObject({ done: 40 });
    expect(events.at(-1)).toEqual(END);
    expect([closed(), desk.isAtWork]).toEqual([1, false]);
  });

  it('adds the SCF score of a trained head, and says which it is', async () => {
    const { convShape, embeddingDim } = smallBackbone();
    const head = createHead('compact', { convShape, embeddingDim, initialLogKappa: null }, 1, 2 ** 30);
    const { desk, of } = deskOf({ trained: { head, radius: 64, run: 'scf-compact-1', step: 12 } });
    await desk.score(setOf(20));
    const { set } = of('pair-figures')[0]!;
    expect(set).toMatchObject({ head: { run: 'scf-compact-1', step: 12 }, scf: { auc: expect.any(Number) } });
    head.dispose();
    expect(trainedHead(null)).toBeNull();
  });

  it('counts pairs with a damaged picture and tells their reasons', async () => {
    const { desk, of } = deskOf();
    await desk.score(setOf(10, 4));
    expect(of('pair-figures')[0]!.set).toMatchObject({ genuine: 4, impostor: 5, skipped: { count: 1, reasons: ['pair 4: The picture is damaged.'] }, complete: true });
  });

  it('gives the figures of the first pairs where it is stopped, and none where there are none', async () => {
    const { desk, of, events } = deskOf({ onDecode: (place) => void (place === 40 && desk.stop()) });
    await desk.score(setOf(200));
    const { set } = of('pair-figures')[0]!;
    expect(set).toMatchObject({ pairs: 200, complete: false });
    // The stop came while the 21st pair was decoded, a few pairs before it was scored.
    expect(set!.genuine + set!.impostor).toBe(21);
    expect(events.at(-1)).toEqual(END);

    const early = deskOf();
    const scoring = early.desk.score(setOf(200));
    early.desk.stop();
    await scoring;
    expect(early.events).toEqual([{ type: 'pair-figures', set: null }, END]);
  });

  it('answers the last set asked for alone, and has one at work at a time', async () => {
    const { desk, of, events, closed } = deskOf();
    const first = desk.score(setOf(200));
    while (of('pairs-progress').length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await desk.score(setOf(10));
    await first;
    expect(of('pair-figures').map(({ set }) => set?.pairs)).toEqual([10]);
    expect(events.filter((event) => event.type === 'pairs-progress' && event.progress === null)).toHaveLength(1);
    expect([closed(), desk.isAtWork]).toEqual([2, false]);
  });

  it('gives way to a run, and is refused for as long as it is on', async () => {
    const { desk, of, closed } = deskOf();
    const scoring = desk.score(setOf(200));
    scoring.catch(() => undefined);
    while (of('pairs-progress').length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    let end!: () => void;
    const run = desk.giveWay(async () => {
      await desk.idle;
      // Nothing holds backbone or head when the run begins.
      expect(closed()).toBe(1);
      await new Promise<void>((resolve) => (end = resolve));
    });
    await expect(scoring).rejects.toMatchObject({ code: 'bad-config', message: 'A run began, so the scoring of small.bin was ended.' });
    await expect(desk.score(setOf(10))).rejects.toMatchObject({ code: 'bad-config', message: expect.stringContaining('A run is on') });
    expect(of('pair-figures')).toEqual([]);
    expect(of('pairs-progress').filter(({ progress }) => progress === null)).toHaveLength(2);
    end();
    await run;
    await desk.score(setOf(10));
    expect(of('pair-figures')).toHaveLength(1);
  });

  it('refuses what is no set, and is free again', async () => {
    const { desk, events } = deskOf();
    await expect(desk.score(new File(['PK\u0003\u0004 and so on'], 'faces.zip'))).rejects.toMatchObject({ code: 'bad-source', message: expect.stringContaining('faces.zip') });
    expect(events).toEqual([END]);
    expect(desk.isAtWork).toBe(false);
  });
});
