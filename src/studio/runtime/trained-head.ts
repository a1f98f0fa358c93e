import type { Calibration, TrainedMethodName } from '../../confidence/confidence-method';
import type { EvaluatedHead } from '../../inference/evaluation/evaluated-heads';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import { headInputKind } from '../../models/heads/create-head';
import { layersOf, type HeadLayers } from '../../models/heads/head-layers';
import type { OpenedHead } from '../../training/checkpoint/open-head';
import type { RunConfig } from '../../training/config/run-config';
import type { HeadReading } from '../../training/session/run-events';
import { runName, type TrainingSession } from '../../training/session/training-session';
import type { AvailableHead, HeadDescription } from '../protocol';

/** The pictures of a training, and who of them was held out (`isValidationIdentity`). */
export type TrainedOn = Pick<RunConfig, 'shards' | 'seed' | 'validationFraction'>;

/** A trained head, and what it was trained with. */
export interface TrainedHead {
  readonly head: ConfidenceHead;
  readonly method: TrainedMethodName;
  /** Computed on each call, which may take seconds. null if there is none. */
  readonly calibration: () => Calibration | null;
  /** r of the sphere that it was trained with. */
  readonly radius: number;
  /** null if its file doesn't say. */
  readonly trainedOn: TrainedOn | null;
  readonly run: string;
  readonly step: number;
}

/** A trained head that the worker holds, with its description for the page. */
export interface HeldHead {
  readonly trained: TrainedHead;
  readonly description: HeadDescription;
  /** Frees the head, unless a run owns it. */
  readonly dispose: () => void;
}

/** The head as evaluations and comparisons take it. */
export const evaluatedHead = (trained: TrainedHead): EvaluatedHead => ({
  ...trained,
  name: trained.run,
  calibration: trained.calibration(),
});

/** A head that was read from a file, the studio's own or a person's. */
export function heldHead(
  opened: OpenedHead,
  from: Pick<AvailableHead, 'kind' | 'faces' | 'name'>,
): HeldHead {
  const { name, head, method, calibration, radius, config, step, backboneVerified } = opened;
  const { collapse, readings } = opened;
  return {
    trained: {
      head,
      method,
      calibration: () => calibration,
      radius,
      trainedOn: config,
      run: from.name,
      step: step ?? 0,
    },
    description: {
      ...from,
      head: name,
      network: networkOf(head),
      method,
      step,
      backboneVerified,
      collapse,
      readings,
    },
    dispose: () => opened.dispose(),
  };
}

/**
 * The head of a session; null until it has been validated, since nothing tells before what its
 * scores mean.
 * @param readings what it gave for its validation pictures, as last posted
 */
export function sessionHead(
  session: TrainingSession | null,
  readings: readonly HeadReading[],
): HeldHead | null {
  if (!session || session.cursor.step === 0 || readings.length === 0) return null;
  const { config, trainer, collapse } = session;
  const step = session.validation?.step ?? session.cursor.step;
  const name = runName(config);
  return {
    trained: {
      head: trainer.head,
      method: config.method,
      calibration: () => session.calibration,
      radius: config.radius,
      trainedOn: config,
      run: name,
      step,
    },
    description: {
      kind: 'run',
      faces: null,
      name,
      head: config.head,
      network: networkOf(trainer.head),
      method: config.method,
      step,
      backboneVerified: true,
      collapse: collapse?.message ?? null,
      readings,
    },
    dispose: () => undefined,
  };
}

/** What a head reads, and its layers, for a drawing. */
const networkOf = (head: ConfidenceHead): HeadLayers => ({
  reads: headInputKind(head.name),
  inputs: head.inputSize,
  layers: layersOf(head.parameters),
});
