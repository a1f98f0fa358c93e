import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { headBytes } from '../../../../test/fixtures/head-bytes';
import { checkpointIn } from '../../../../test/fixtures/checkpoint-in';
import { MemoryFileStore } from '../../../formats/bytes/memory-file-store';
import {
  smallBackbone,
  smallConfig,
  smallDecoder,
  smallSource,
} from '../../../../test/fixtures/small-run';
import { startNodeWasm } from '../../../cli/node/node-backend';
import { StudioError } from '../../../core/studio-error';
import { quantile } from '../../../evaluation/distribution';
import type { FaceRecord } from '../../../faces/face-record';
import type { FaceSource } from '../../../faces/face-source';
import { isValidationIdentity } from '../../../faces/identity-split';
import { BlobByteSource } from '../../../formats/bytes/byte-source';
import { openTensorFile } from '../../../formats/tensors/open-tensor-file';
import { FaceReader } from '../../../inference/face-reader';
import { locatedCrop } from '../../../inference/locate-face';
import { openHead } from '../../checkpoint/open-head';
import type { RunConfig } from '../../config/run-config';
import { VIEWS_FILE } from '../../data/run-data';
import type { SessionEvent } from '../run-events';
import { TrainingSession } from '../training-session';

beforeAll(async () => void (await startNodeWasm()));

/** The small source without word on how its pictures are degraded, and what is opened of it. */
function countedSource(onOpen: (openings: number) => void = () => undefined) {
  let openings = 0;
  const source: FaceSource = {
    ...smallSource,
    async *open(options) {
      onOpen(++openings);
      for await (const record of smallSource.open(options))
        yield { ...record, degradation: undefined };
    },
  };
  return { source, openings: () => openings };
}

function sessionOf(
  changes: Partial<RunConfig> = {},
  {
    source = countedSource().source,
    store = new MemoryFileStore(),
    features = new MemoryFileStore(),
  } = {},
) {
  const events: SessionEvent[] = [];
  const backbone = smallBackbone();
  const config = smallConfig({ epochs: 1, validationFraction: 0.4, ...changes });
  const session = new TrainingSession({
    config,
    backbone,
    source,
    decoder: smallDecoder,
    store,
    features,
    post: (event) => events.push(event),
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
  });
  const notices = () => events.flatMap((event) => (event.type === 'notice' ? event.text : []));
  const policies = () => session.readings.map(({ policy }) => policy);
  const dispose = () => [session, backbone].forEach((each) => each.dispose());
  return { session, config, backbone, store, features, events, notices, policies, dispose };
}

const variants: readonly Partial<RunConfig>[] = [
  { features: 'reuse' },
  { features: 'stream' },
  { features: 'stream', centres: 'growing' },
];

describe('the reading at the end of a run', () => {
  it.each(variants)('gives what FaceReader gives: $features, $centres', async (changes) => {
    const { session, config, backbone, notices, dispose } = sessionOf(changes);
    expect(await session.run()).toBe('finished');
    expect(notices()).toEqual([]);
    const reader = new FaceReader(backbone, [session.trainer.head], 'full');
    const kappa: number[] = [];
    const open = { seed: config.seed, epoch: 0, shuffleBuffer: 0 };
    for await (const { label, encoded } of smallSource.open(open)) {
      if (!isValidationIdentity(label, config.seed, config.validationFraction)) continue;
      const [reading] = await reader.read([locatedCrop(encoded, 'full')]);
      kappa.push(reading!.concentrations[0]![0]!);
    }
    const [single, full] = session.readings;
    expect([single!.policy, full!.policy]).toEqual(['single', 'full']);
    expect(full!.kappa).toMatchObject({ pictures: kappa.length, cleanPictures: kappa.length });
    const sorted = Float64Array.from(kappa).sort();
    for (const percent of [0, 25, 50, 75, 100])
      expect(full!.kappa!.all[percent]! / quantile(sorted, percent / 100)).toBeCloseTo(1, 4);
    expect(full!.kappa!.all).not.toEqual(single!.kappa!.all);
    dispose();
  });

  it('is of several people where a source comes person by person', async () => {
    const records: FaceRecord[] = [];
    for await (const record of smallSource.open({ seed: 0, epoch: 0, shuffleBuffer: 0 }))
      records.push(record);
    const ordered = [...records].sort((one, other) => one.label - other.label);
    const source: FaceSource = {
      ...smallSource,
      info: async () => ({ ...(await smallSource.info()), images: 8 * ordered.length }),
      // Each person has 64 pictures, more than are read in all.
      async *open({ skip = 0 }) {
        const all = ordered.flatMap((record) => Array<FaceRecord>(8).fill(record));
        for (const record of all.slice(skip)) yield { ...record, degradation: undefined };
      },
    };
    const { session, dispose } = sessionOf({ fullReadings: 50 }, { source });
    await session.run();
    const full = session.readings.find(({ policy }) => policy === 'full')!;
    expect(full.kappa!.pictures).toBe(50);
    expect(full.distributions[0]!.impostor.length).toBeGreaterThan(100);
    dispose();
  });

  it('is of degraded copies too, and no pair is of two copies of one picture', async () => {
    const changes = { features: 'reuse', copies: 3, augmentation: 0.5, flip: true } as const;
    const { session, policies, notices, dispose } = sessionOf(changes);
    await session.run();
    expect(notices()).toEqual([]);
    expect(policies()).toEqual(['single', 'full']);
    const { pictures, cleanPictures } = session.readings[1]!.kappa!;
    expect(pictures).toBe(3 * cleanPictures);
    expect(session.readings[0]!.kappa).toMatchObject({ pictures, cleanPictures });
    dispose();
  });

  it.each(variants)('is kept for a run that is opened again: $features, $centres', async (each) => {
    const first = sessionOf(each);
    await first.session.run();
    expect(await first.store.read(VIEWS_FILE)).not.toBeNull();
    const { source, openings } = countedSource();
    const { store, features } = first;
    const again = sessionOf(each, { source, store, features });
    await again.session.restore(await checkpointIn(store));
    expect(await again.session.run()).toBe('finished');
    expect(openings()).toBe(0);
    expect(again.session.readings).toEqual(first.session.readings);
    [first, again].forEach(({ dispose }) => dispose());
  });

  it('is missing, with a notice, if the source is gone; single views stay', async () => {
    const { source } = countedSource((openings) => {
      if (openings > 1) throw new StudioError('network', 'The server is gone.', 'Try again.');
    });
    const run = sessionOf({}, { source });
    expect(await run.session.run()).toBe('finished');
    expect(run.notices()).toEqual([expect.stringMatching(/The server is gone\).*Resume/)]);
    expect(run.policies()).toEqual(['single']);
    const bytes = await headBytes(run.session.exportHead());
    const file = await openTensorFile(new BlobByteSource('head', new Blob([bytes])));
    const opened = await openHead(file, run.backbone, 2 ** 30);
    expect(opened.readings.map(({ policy }) => policy)).toEqual(['single']);
    opened.dispose();
    // Resumed when the pictures are there again, it reads only these.
    const { source: back, openings } = countedSource();
    const { store, features } = run;
    const again = sessionOf({}, { source: back, store, features });
    await again.session.restore(await checkpointIn(store));
    await again.session.run();
    expect([again.policies(), openings()]).toEqual([['single', 'full'], 1]);
    [run, again].forEach(({ dispose }) => dispose());
  });

  it('can be stopped, and is done when the run is resumed', async () => {
    const { source } = countedSource((openings) => {
      if (openings > 1) run.session.control.stop();
    });
    const run = sessionOf({}, { source });
    expect(await run.session.run()).toBe('stopped');
    expect(run.events.at(-1)).toEqual({ type: 'progress', progress: null });
    expect(run.notices()).toEqual([]);
    const again = sessionOf({}, run);
    await again.session.restore(await checkpointIn(run.store));
    expect(await again.session.run()).toBe('finished');
    expect(again.policies()).toEqual(['single', 'full']);
    [run, again].forEach(({ dispose }) => dispose());
  });
});
