import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryFileStore } from '../../formats/bytes/memory-file-store';
import {
  smallBackbone,
  smallConfig,
  smallDecoder,
  smallSource,
} from '../../../test/fixtures/small-run';
import { startNodeWasm } from '../../cli/node/node-backend';
import type { FaceRecord } from '../../faces/face-record';
import type { FaceSource } from '../../faces/face-source';
import { isValidationIdentity } from '../../faces/identity-split';
import { readSafetensors } from '../../formats/safetensors/safetensors';
import { ClassCentres } from '../../models/centres/class-centres';
import { labelsOf } from './features/feature-file';
import type { RunConfig } from '../config/run-config';
import { FEATURES_FILE } from './run-data';
import type { SessionEvent } from '../session/run-events';
import { noticeOfSingles } from './single-pictures';
import { TrainingSession } from '../session/training-session';

const SINGLES = 15;

/** People with one picture each, by default among the small source's 10 people of 8 pictures. */
async function mixedSource(others = true): Promise<FaceSource> {
  const records: FaceRecord[] = [];
  for await (const record of smallSource.open({ seed: 1, epoch: 0, shuffleBuffer: 0 })) {
    const single = records.filter(({ label }) => label >= 100).length;
    if (others) records.push(record);
    if (single < SINGLES && (!others || records.length % 5 === 0))
      records.push({ ...record, label: 100 + single, key: `single ${single}` });
  }
  return {
    ...smallSource,
    info: async () => ({
      ...(await smallSource.info()),
      images: records.length,
      identities: new Set(records.map(({ label }) => label)).size,
    }),
    async *open({ skip = 0 }) {
      yield* records.slice(skip);
    },
  };
}

async function runOf(
  changes: Partial<RunConfig>,
  source: FaceSource,
  {
    centres,
    store = new MemoryFileStore(),
    records = new MemoryFileStore(),
  }: { centres?: ClassCentres; store?: MemoryFileStore; records?: MemoryFileStore } = {},
) {
  const events: SessionEvent[] = [];
  const backbone = smallBackbone();
  const config = smallConfig({
    epochs: 2,
    centreEpochs: 3,
    marginScale: 16,
    ...changes,
    centreFiles: centres ? 'fc.pt' : '',
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
    bytesAllocated: () => 0,
  });
  const ended: unknown = await session.run().catch((thrown: unknown) => thrown);
  session.dispose();
  backbone.dispose();
  return {
    ended,
    steps: events.flatMap((event) =>
      event.type === 'steps'
        ? event.metrics.map(({ loss, kappaMean, cosThetaMean }) => [loss, kappaMean, cosThetaMean])
        : [],
    ),
    validation: session.validation,
    notices: events.flatMap((event) => (event.type === 'notice' ? [event.text] : [])),
    sourceEvent: events.find((event) => event.type === 'source'),
    ...{ store, records },
  };
}

/** The numbers of training and validation pictures that a run reports. */
const countsOf = (event: SessionEvent | undefined) =>
  event?.type === 'source' ? [event.trainingImages, event.validationImages] : null;

const ways: readonly Partial<RunConfig>[] = [
  { features: 'reuse', centres: 'first-pass' },
  { features: 'reuse', centres: 'first-pass', copies: 3, augmentation: 0.5 },
  { features: 'stream', centres: 'first-pass' },
  { features: 'stream', centres: 'growing' },
  { features: 'stream', centres: 'growing', augmentation: 0.5 },
  { features: 'reuse', centres: 'arcface' },
  { features: 'stream', centres: 'cosface' },
];

describe('people with one picture', () => {
  beforeAll(async () => void (await startNodeWasm()));

  it.each(ways)(
    'change nothing for the others, and are counted: $features, $centres, $copies',
    async (changes) => {
      const [without, mixed] = [
        await runOf(changes, smallSource),
        await runOf(changes, await mixedSource()),
      ];
      expect([without.ended, mixed.ended]).toEqual(['finished', 'finished']);
      expect(mixed.steps).toEqual(without.steps);
      expect(mixed.steps.length).toBeGreaterThan(10);
      expect(mixed.validation).toEqual(without.validation);
      expect(countsOf(mixed.sourceEvent)).toEqual(countsOf(without.sourceEvent));
      expect(without.notices).toEqual([]);
      expect(mixed.notices).toEqual([noticeOfSingles(SINGLES)]);
    },
  );

  it.each(ways)(
    'are left out by a run from kept features, too: $features, $centres, $copies',
    async (changes) => {
      const source = await mixedSource();
      const first = await runOf({ ...changes, epochs: 1 }, source);
      const second = await runOf({ ...changes, epochs: 1 }, source, {
        store: first.store,
        records: first.records,
      });
      expect(second.notices).toEqual([noticeOfSingles(SINGLES)]);
      expect(second.sourceEvent).toEqual(first.sourceEvent);
      // With growing centres the second run starts with those of the whole source.
      if (changes.centres !== 'growing') expect(second.steps).toEqual(first.steps);
      expect(second.validation!.identities).toBe(first.validation!.identities);
    },
  );

  it.each(ways)('alone end a run with an error: $features, $centres, $copies', async (changes) => {
    const { ended, steps } = await runOf(changes, await mixedSource(false));
    expect(ended).toMatchObject({
      code: 'bad-source',
      message:
        `Each of the ${SINGLES} people of memory has one picture, ` +
        "and a person's centre can't be made of one picture.",
    });
    expect(steps).toEqual([]);
  });

  it.each(['reuse', 'stream'] as const)(
    'are used if class centres come from a file: %s',
    async (features) => {
      const made = await runOf({ epochs: 1 }, smallSource);
      const { tensors } = readSafetensors((await made.store.read(FEATURES_FILE))!);
      const means = new ClassCentres(
        16,
        labelsOf(tensors.get('centreLabels')!.data),
        tensors.get('centres')!.data,
      );
      const labels = [...means.labels, ...Array.from({ length: SINGLES }, (_, i) => 100 + i)];
      const rows = Float32Array.from(
        { length: labels.length * 16 },
        (_, i) => means.matrix[i % means.matrix.length]!,
      );
      const config = smallConfig();
      const heldOut = labels.filter(
        (label) =>
          label >= 100 && isValidationIdentity(label, config.seed, config.validationFraction),
      );
      const { ended, notices, validation } = await runOf(
        { centres: 'file', features },
        await mixedSource(),
        { centres: new ClassCentres(16, labels, rows) },
      );
      expect([ended, notices]).toEqual(['finished', []]);
      expect(heldOut.length).toBeGreaterThan(0);
      expect(validation!.identities).toBe(made.validation!.identities + heldOut.length);
    },
  );

  it('are reported in a sentence', () => {
    const why = "left out, as a person's centre can't be made of one picture.";
    expect(noticeOfSingles(1)).toBe(`1 person has one picture, and is ${why}`);
    expect(noticeOfSingles(1037)).toBe(`1,037 people have one picture each; they are ${why}`);
  });
});
