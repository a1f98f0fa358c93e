import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkpointIn } from '../../../test/fixtures/checkpoint-in';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import {
  smallBackbone,
  smallConfig,
  smallDecoder,
  smallSource,
} from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import type { FaceSource } from '../../faces/face-source';
import { readSafetensors } from '../../formats/safetensors/safetensors';
import { ClassCentres } from '../../models/centres/class-centres';
import { dot } from '../../core/vector';
import { labelsOf } from '../data/features/feature-file';
import type { RunConfig } from '../config/run-config';
import { FEATURES_FILE } from '../data/run-data';
import type { SessionEvent } from '../session/run-events';
import type { Progress } from '../../core/progress-meter';
import { CHECKPOINT_FILE } from '../checkpoint/checkpoint-writer';
import { TrainingSession } from '../session/training-session';

function sessionOf({
  changes,
  store = new MemoryFileStore(),
  records = new MemoryFileStore(),
  centres,
  source = smallSource,
}: {
  changes: Partial<RunConfig>;
  store?: MemoryFileStore;
  records?: MemoryFileStore;
  centres?: ClassCentres;
  source?: FaceSource;
}) {
  const events: SessionEvent[] = [];
  const backbone = smallBackbone();
  const config = smallConfig({
    epochs: 2,
    centreEpochs: 5,
    marginScale: 16,
    ...changes,
    centreFiles: changes.centres === 'file' ? 'fc.pt' : '',
  });
  const session = new TrainingSession({
    config,
    backbone,
    source,
    decoder: smallDecoder,
    centres,
    store,
    features: records,
    post: (event) => events.push(event),
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
  });
  const dispose = () => {
    session.dispose();
    backbone.dispose();
  };
  return { session, events, store, records, dispose };
}

const lossesOf = (events: readonly SessionEvent[]) =>
  events.flatMap((event) =>
    event.type === 'steps' ? event.metrics.map(({ step, loss }) => [step, loss]) : [],
  );
/** Phases of the work before and between steps; held-out pictures are read again at the end. */
const phasesOf = (events: readonly SessionEvent[]) =>
  new Set(
    events
      .slice(0, events.findLastIndex(({ type }) => type === 'steps') + 1)
      .flatMap((event) =>
        event.type === 'progress' && event.progress ? [event.progress.phase] : [],
      ),
  );
const arraysOf = async (store: MemoryFileStore) =>
  readSafetensors((await store.read(FEATURES_FILE))!).tensors;

/** The class centres that the first pass of a run makes. */
async function madeCentres(changes: Partial<RunConfig>): Promise<ClassCentres> {
  const { session, store, dispose } = sessionOf({ changes: { epochs: 1, ...changes } });
  await session.run();
  dispose();
  const arrays = await arraysOf(store);
  return new ClassCentres(
    16,
    labelsOf(arrays.get('centreLabels')!.data),
    arrays.get('centres')!.data,
  );
}

const ways: readonly Partial<RunConfig>[] = [
  { centres: 'arcface', features: 'reuse' },
  { centres: 'cosface', features: 'stream', negativeShare: 0.5 },
  { centres: 'file', features: 'reuse', copies: 2, augmentation: 0.3 },
  { centres: 'file', features: 'stream' },
];

describe('a run whose class centres are given or trained', () => {
  let means: ClassCentres;
  beforeAll(async () => {
    await startNodeWasm();
    means = await madeCentres({ centres: 'first-pass' });
  });
  const given = (changes: Partial<RunConfig>) => (changes.centres === 'file' ? means : undefined);

  it.each(ways)(
    'runs to its end, and resumes with the same figures: $centres, $features',
    async (changes) => {
      const whole = sessionOf({ changes, centres: given(changes) });
      expect(await whole.session.run()).toBe('finished');
      const cut = sessionOf({ changes, centres: given(changes) });
      const replace = cut.store.replace.bind(cut.store);
      cut.store.replace = async (name, content, before) => {
        await replace(name, content, before);
        if (
          name === CHECKPOINT_FILE &&
          cut.session.cursor.batch > 0 &&
          cut.session.cursor.epoch === 1
        )
          cut.session.control.stop(new Error('crash'));
      };
      await expect(cut.session.run()).rejects.toThrow('crash');
      const rest = sessionOf({
        changes,
        store: cut.store,
        records: cut.records,
        centres: given(changes),
      });
      await rest.session.restore(await checkpointIn(cut.store));
      const from = rest.session.cursor.step;
      expect(await rest.session.run()).toBe('finished');
      expect(phasesOf(rest.events)).toEqual(new Set());
      expect(lossesOf(rest.events)).toEqual(lossesOf(whole.events).slice(from));
      for (const { dispose } of [whole, cut, rest]) dispose();
    },
  );

  it('trains a classifier with its own progress bar, and rows for held-out people', async () => {
    const { session, events, store, dispose } = sessionOf({
      changes: { centres: 'arcface', epochs: 1 },
    });
    await session.run();
    dispose();
    expect([...phasesOf(events)]).toEqual(['reading-features', 'training-centres']);
    const bars = events.flatMap((event) => (event.type === 'progress' ? [event.progress] : []));
    expect(bars[bars.findIndex((bar) => bar?.phase === 'training-centres') - 1]).toBeNull();
    const last = bars.findLast((bar): bar is Progress => bar?.phase === 'training-centres')!;
    expect([last.done, last.total]).toEqual([400, 400]);
    expect(last.label).toMatch(
      /^ArcFace class centres, epoch 5 of 5: loss \d+\.\d{3}, accuracy \d+\.\d %$/,
    );
    expect(labelsOf((await arraysOf(store)).get('centreLabels')!.data)).toEqual(means.labels);
    const trained = await madeCentres({ centres: 'arcface' });
    const apart = trained.labels.map((label) => dot(trained.row(label)!, means.row(label)!));
    expect(Math.min(...apart)).toBeLessThan(0.999);
    expect(Math.max(...apart)).toBeGreaterThan(0.5);
  });

  it('subtracts a picture from a mean that it is part of, and from no given row', async () => {
    const [made, handed] = [
      sessionOf({ changes: { centres: 'first-pass' } }),
      sessionOf({ changes: { centres: 'file' }, centres: means }),
    ];
    await made.session.run();
    await handed.session.run();
    expect(lossesOf(handed.events)).not.toEqual(lossesOf(made.events));
    const [own, given] = [made, handed].map(({ session }) => session.validation!.cosTheta);
    expect(given!.length).toBe(own!.length);
    given!.forEach((cosTheta, row) => expect(cosTheta).not.toBeCloseTo(own![row]!, 5));
    expect(
      [...(await arraysOf(handed.store)).keys()].filter((name) => name.startsWith('centre')),
    ).toEqual([]);
    for (const { dispose } of [made, handed]) dispose();
  });

  it('reads only the pictures of held-out people before it streams', async () => {
    const seen: number[] = [];
    const source: FaceSource = {
      ...smallSource,
      async *open(options) {
        const pass = options.epoch === 0 ? seen.push(0) - 1 : null;
        for await (const record of smallSource.open(options)) {
          if (pass !== null) seen[pass]!++;
          yield record;
        }
      },
    };
    const { session, events, dispose } = sessionOf({
      changes: { centres: 'file', features: 'stream', maxValidationImages: 10, epochs: 1 },
      centres: means,
      source,
    });
    await session.run();
    dispose();
    const sourceEvent = events.find((event) => event.type === 'source');
    expect(sourceEvent).toMatchObject({ trainingImages: null, validationImages: null });
    expect(session.validation!.images).toBe(10);
    // Once before it streams, until there are enough, and once at the end, as Compare reads them.
    expect(seen).toHaveLength(2);
    expect(Math.max(...seen)).toBeLessThanOrEqual(80);
  });
});

describe("class centres that don't belong to the pictures end a run with a sentence", () => {
  let means: ClassCentres;
  beforeAll(async () => {
    await startNodeWasm();
    means = await madeCentres({ centres: 'first-pass' });
  });
  const ends = async (
    features: RunConfig['features'],
    centres: ClassCentres | undefined,
    source?: FaceSource,
  ) => {
    const { session, events, dispose } = sessionOf({
      changes: { centres: 'file', features },
      centres,
      source,
    });
    const error: unknown = await session.run().catch((thrown: unknown) => thrown);
    dispose();
    expect(lossesOf(events)).toEqual([]);
    return error;
  };
  const first = (rows: number) =>
    new ClassCentres(16, means.labels.slice(0, rows), means.matrix.subarray(0, rows * 16));

  it.each(['reuse', 'stream'] as const)(
    '%s: none given, of another dimension, or fewer than the labels',
    async (features) => {
      expect(await ends(features, undefined)).toMatchObject({
        code: 'bad-config',
        message: 'The run takes its class centres from fc.pt, which have not been read.',
      });
      expect(await ends(features, new ClassCentres(8, [0, 1], new Float32Array(16)))).toMatchObject(
        { code: 'bad-config', message: expect.stringContaining('dimension 8') },
      );
      expect(await ends(features, first(7))).toMatchObject({
        code: 'bad-checkpoint',
        message: 'The source has the label 7; class centres go from label 0 to 6.',
      });
      const known: FaceSource = {
        ...smallSource,
        info: async () => ({ ...(await smallSource.info()), denseLabels: true }),
        open: () => expect.unreachable(),
      };
      expect(await ends(features, first(7), known)).toMatchObject({
        code: 'bad-checkpoint',
        message: expect.stringContaining('The centres have 7 rows'),
      });
    },
  );

  it('reuse: in another order', async () => {
    const turned = means.matrix.slice();
    means.labels.forEach((_, row) => turned.set(means.row((row + 1) % 10)!, row * 16));
    expect(await ends('reuse', new ClassCentres(16, means.labels, turned))).toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringContaining('The labels do not match these class centres'),
    });
  });
});
