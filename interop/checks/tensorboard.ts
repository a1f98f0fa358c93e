import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { MemoryFileStore } from '../../src/formats/bytes/memory-file-store';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import { histogramOf } from '../../src/formats/tfevents/tfevents';
import { EventLog } from '../../src/training/event-log';
import type { RunConfig } from '../../src/training/config/run-config';
import type { SessionEvent } from '../../src/training/session/run-events';
import { readSavedRun } from '../../src/training/checkpoint/saved-run';
import { TrainingSession } from '../../src/training/session/training-session';
import {
  smallBackbone,
  smallConfig,
  smallDecoder,
  smallSource,
} from '../../test/fixtures/small-run';
import { python, relativeError, type Check, type Comparison } from '../check';

/** What TensorBoard's own readers found: `tensorboard_events.py`. */
interface Found {
  readonly scalars: Readonly<Record<string, readonly (readonly [step: number, value: number])[]>>;
  readonly histograms: Readonly<
    Record<
      string,
      readonly {
        step: number;
        min: number;
        max: number;
        num: number;
        sum: number;
        sum_squares: number;
        bucket_limit: number[];
        bucket: number[];
      }[]
    >
  >;
  readonly drawn: Readonly<Record<string, readonly unknown[]>>;
  readonly hparams: Readonly<Record<string, string | number | boolean>>;
  readonly kinds: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly status: readonly string[];
}

/**
 * A small run writes event files. It crashes between two checkpoints and is resumed from the first,
 * which makes a second file. TensorBoard must find every step once, and the settings, the metrics
 * and the status where its HPARAMS tab reads them.
 */
export const check: Check = async (folder) => {
  await startNodeWasm();
  const runs = join(folder, 'run');
  await mkdir(runs);
  const config = smallConfig({ tensorboard: true, objective: 'reference' });
  const store = new MemoryFileStore();
  const first = await run(config, store, runs, 1000, 10);
  const second = await run(config, store, runs, 2000, Infinity);
  const restartedAt = stepsOf(second)[0]!.step;
  const events = [
    ...first.filter((event) => event.type !== 'validation' || event.result.step < restartedAt),
    ...second,
  ];
  const metrics = [...stepsOf(first).filter(({ step }) => step < restartedAt), ...stepsOf(second)];
  const validations = events.flatMap((event) =>
    event.type === 'validation' ? [event.result] : [],
  );

  const out = join(folder, 'found.json');
  await python('tensorboard_events.py', runs, out);
  const found = JSON.parse(await readFile(out, 'utf8')) as Found;

  const expected: Record<string, (readonly [number, number])[]> = {
    kappa: metrics.map((row) => [row.step, row.kappaMean]),
    total_loss: metrics.map((row) => [row.step, row.loss]),
    neg_kappa_times_cos_theta: metrics.map((row) => [row.step, row.lossAlignment]),
    neg_dim_scalar_times_log_kappa: metrics.map((row) => [row.step, row.lossLogKappa]),
    log_iv_kappa: metrics.map((row) => [row.step, row.lossLogBessel]),
    lr: metrics.map((row) => [row.step, row.learningRate]),
    'val/loss': validations.map(({ step, loss }) => [step, loss]),
    'val/spearman': validations.flatMap(({ step, spearman }) =>
      spearman === null ? [] : [[step, spearman] as const],
    ),
  };
  const scalars = Object.entries(expected).flatMap(([tag, rows]): Comparison[] => [
    {
      what: `${tag}: steps that differ, of ${rows.length}`,
      found: differing(
        found.scalars[tag]?.map(([step]) => step),
        rows.map(([step]) => step),
      ),
      limit: 0,
    },
    {
      what: `${tag}: values, relative`,
      found: relativeError(
        found.scalars[tag]!.map(([, value]) => value),
        rows.map(([, value]) => value),
      ),
      limit: 1e-6,
    },
  ]);
  const histograms = validations.map(({ kappa }) => histogramOf(kappa)!);
  const read = found.histograms.kappa_hist!;
  return [
    {
      what: 'the crash left steps in both files: 0 if so',
      found: stepsOf(first).at(-1)!.step >= restartedAt ? 0 : 1,
      limit: 0,
    },
    {
      what: 'scalar tags that differ',
      found: differing(Object.keys(found.scalars).sort(), Object.keys(expected).sort()),
      limit: 0,
    },
    ...scalars,
    {
      what: 'kappa_hist: steps that differ',
      found: differing(
        read.map(({ step }) => step),
        validations.map(({ step }) => step),
      ),
      limit: 0,
    },
    {
      what: 'kappa_hist: counts that differ',
      found: differing(
        read.flatMap(({ bucket }) => bucket),
        histograms.flatMap(({ bucketCounts }) => bucketCounts),
      ),
      limit: 0,
    },
    {
      what: 'kappa_hist: pictures missed',
      found: differing(
        read.map(({ num, bucket }) => num - bucket.reduce((sum, count) => sum + count)),
        read.map(() => 0),
      ),
      limit: 0,
    },
    {
      what: 'kappa_hist: edges, relative',
      found: relativeError(
        read.flatMap(({ bucket_limit: limits }) => limits),
        histograms.flatMap(({ bucketLimits }) => bucketLimits),
      ),
      limit: 1e-12,
    },
    {
      what: 'kappa_hist: moments, relative',
      found: relativeError(
        read.flatMap((row) => [row.min, row.max, row.sum, row.sum_squares]),
        histograms.flatMap((row) => [row.min, row.max, row.sum, row.sumSquares]),
      ),
      limit: 1e-12,
    },
    {
      what: 'kappa_hist: histograms drawn, missed',
      found: validations.length - (found.drawn.kappa_hist?.length ?? 0),
      limit: 0,
    },
    {
      what: 'hparams: settings that differ',
      found: Object.entries(config).filter(
        ([name, value]) => found.hparams[name] !== value || found.kinds[name] !== kindOf(value),
      ).length,
      limit: 0,
    },
    {
      what: 'hparams: settings too many',
      found: Object.keys(found.hparams).length - Object.keys(config).length,
      limit: 0,
    },
    {
      what: 'hparams: last validation loss, relative',
      found: Math.abs(found.metrics['val/loss']! / validations.at(-1)!.loss - 1),
      limit: 1e-6,
    },
    {
      what: 'hparams: metrics missed, of 4',
      found: 4 - Object.keys(found.metrics).length,
      limit: 0,
    },
    {
      what: 'hparams: sessions that did not end well',
      found: differing(found.status, ['STATUS_SUCCESS']),
      limit: 0,
    },
  ];
};

/** Trains until it crashes at a step, or to the end, and appends the event log in `folder`. */
async function run(
  config: RunConfig,
  store: MemoryFileStore,
  folder: string,
  startedAt: number,
  crashAt: number,
): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  const backbone = smallBackbone();
  const deps = {
    config,
    backbone,
    source: smallSource,
    decoder: smallDecoder,
    store,
    maxBlockBytes: 2 ** 30,
    bytesAllocated: () => tf.memory().numBytes,
  };
  const session = new TrainingSession({ ...deps, post: (event) => events.push(event) });
  const gate = session.control.gate.bind(session.control);
  session.control.gate = async (onWait) => {
    if (session.cursor.step >= crashAt) session.control.stop(new Error('crash'));
    return gate(onWait);
  };
  const saved = await readSavedRun(store);
  if (saved) await session.restore(saved.file);
  await session.run().catch((thrown: unknown) => {
    if (!(thrown instanceof Error && thrown.message === 'crash')) throw thrown;
  });
  session.dispose();
  backbone.dispose();
  const log = new EventLog(config, startedAt);
  for (const event of events) await appendFile(join(folder, log.fileName), log.append(event));
  return events;
}

const stepsOf = (events: readonly SessionEvent[]) =>
  events.flatMap((event) => (event.type === 'steps' ? event.metrics : []));

const kindOf = (value: string | number | boolean) =>
  ({ string: 'DATA_TYPE_STRING', number: 'DATA_TYPE_FLOAT64', boolean: 'DATA_TYPE_BOOL' })[
    typeof value as 'string' | 'number' | 'boolean'
  ];

/** Number of places at which two lists differ, including those that only one of them has. */
function differing<T>(found: readonly T[] = [], expected: readonly T[]): number {
  return (
    Math.abs(found.length - expected.length) +
    expected.filter((value, i) => i < found.length && found[i] !== value).length
  );
}
