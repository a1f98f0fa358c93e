import { yieldToMessages } from '../../core/yield-to-messages';
import { progressMeter } from '../../core/progress-meter';
import type { StudioError } from '../../core/studio-error';
import type { FaceSource } from '../../faces/face-source';
import { FaceReader } from '../../inference/face-reader';
import type { EvaluationSet } from '../../inference/evaluation/evaluation-set';
import { methodsOf } from '../../inference/evaluation/evaluated-heads';
import {
  HELD_OUT_PICTURES,
  heldOutPairs,
  heldOutSet,
} from '../../inference/evaluation/held-out-set';
import type { Protocol } from '../../inference/evaluation/protocols';
import { secondsOfIntervals } from '../../evaluation/statistics/interval-time';
import { facesPerSecond } from '../../inference/reading-rate';
import type { Backbone } from '../../models/backbones/backbone';
import type { DemoTime } from '../protocol';
import { evaluatedHead, type TrainedHead } from '../runtime/trained-head';
import type { Task } from '../task';
import type { Decode } from './open-evaluation-set';
import { demoPeople } from './demo-people';

/** Names the set in results and sentences. */
export const DEMO_NAME = 'the demo set’s held-out people';

/** The protocols, and how often their degradations are drawn: a minute's work on two cores. */
export const demoProtocols: readonly Protocol[] = [
  { kind: 'pairs', degraded: 'none' },
  { kind: 'pairs', degraded: 'one' },
  { kind: 'pairs', degraded: 'both' },
  // Of two, since so few pictures make enough templates of them to measure a FAR of a hundredth.
  { kind: 'templates', size: 2, degraded: 'both' },
];

/** What the demo set's people are evaluated with. */
export interface DemoTools {
  readonly backbone: Backbone;
  /** One for each method. */
  readonly heads: readonly TrainedHead[];
  /** @throws StudioError `bad-source`, `network` */
  readonly open: (signal: AbortSignal, warn: (error: StudioError) => void) => Promise<FaceSource>;
  /** @throws StudioError `bad-image` */
  readonly decode: Decode;
}

/**
 * The pairs of the demo set's people whom no head has trained on.
 * @throws StudioError from the source; `bad-source` for too few people; `signal`'s reason
 */
export async function openDemo(
  { heads, open, decode }: DemoTools,
  { seed, signal, task }: { seed: number; signal: AbortSignal; task: Task },
): Promise<EvaluationSet> {
  const source = await open(signal, task.warn);
  const { identities = 0, images = null } = await source.info();
  const people = demoPeople(identities, heads.map(withCalibration));
  const onProgress = progressMeter(
    'surveying',
    'Finding the held-out people in the demo set',
    images,
    'pictures',
    task.report,
  );
  const set = await heldOutSet({
    name: DEMO_NAME,
    source,
    people: people.labels,
    seed,
    signal,
    onProgress,
    gate: async () => {
      // On wasm nothing else lets the worker handle a message.
      await yieldToMessages();
      signal.throwIfAborted();
    },
    decode,
  });
  return { ...set, notes: [...people.notes, ...(set.notes ?? [])] };
}

/**
 * How long the evaluation of {@link openDemo} would take: the faces that it would read and the
 * intervals of its pairs, at rates that are measured now.
 * @throws StudioError from the source or the backbone
 */
export async function timeDemo({ backbone, heads, open }: DemoTools): Promise<DemoTime> {
  const source = await open(new AbortController().signal, () => undefined);
  const { identities = 0 } = await source.info();
  const { labels } = demoPeople(identities, heads.map(withCalibration));
  const reader = new FaceReader(
    backbone,
    heads.map(({ head }) => head),
    'full',
  );
  // Each picture is read as it is, and degraded.
  const faces = 2 * HELD_OUT_PICTURES * labels.size;
  const pairs = heldOutPairs(labels.size);
  const methods = methodsOf(heads.map(evaluatedHead)).length;
  const reading = faces / (await facesPerSecond(reader));
  const seconds = reading + demoProtocols.length * methods * secondsOfIntervals(pairs);
  return { people: labels.size, of: identities, faces, seconds };
}

const withCalibration = (trained: TrainedHead) => ({
  ...trained,
  isCalibrated: evaluatedHead(trained).calibration !== null,
});
