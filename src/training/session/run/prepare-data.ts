import { StudioError } from '../../../core/studio-error';
import { yieldToMessages } from '../../../core/yield-to-messages';
import { nextStepIfNothingUsed } from '../../../faces/survey/nothing-used';
import { colourNoticeOfSource } from '../../../inference/colour-order/known-faces';
import { BACKBONE_BATCH } from '../../../models/backbones/backbone';
import type { ConfidenceHead } from '../../../models/heads/confidence-head';
import type { RunCursor } from '../../checkpoint/checkpoint';
import type { CheckpointWriter } from '../../checkpoint/checkpoint-writer';
import { openRunData } from '../../data/open-run-data';
import type { RunData, RunDataOptions } from '../../data/run-data';
import type { SkipReport } from '../skip-report';
import { tooFewNextStep } from '../too-few-pictures';
import type { SessionDependencies } from './session-dependencies';

/** What preparing needs of a session besides its dependencies. */
export interface PreparationOptions extends Pick<
  RunDataOptions,
  'signal' | 'fingerprint' | 'requireSame'
> {
  readonly head: ConfidenceHead;
  readonly cursor: RunCursor;
  readonly skips: SkipReport;
  readonly writer: CheckpointWriter;
}

/**
 * Opens what a run trains and validates on, and posts what there is to know about it.
 * @throws StudioError as {@link openRunData}; `bad-source` if there are too few pictures
 */
export async function prepareData(
  deps: SessionDependencies,
  { cursor, skips, writer, ...options }: PreparationOptions,
): Promise<RunData> {
  const { post } = deps;
  skips.opened((await deps.source.info()).leftOut);
  if (cursor.step === 0) await checkColours(deps, options.signal);
  const data = await openRunData(
    {
      ...deps,
      ...options,
      features: deps.features ?? null,
      backboneBatch: deps.backboneBatch ?? BACKBONE_BATCH,
      onWarning: (error) => post({ type: 'error', scope: 'run', error }),
      onNotice: (text) => post({ type: 'notice', text }),
      onProgress: (progress) => post({ type: 'progress', progress }),
      ...(deps.isMapped && { onMapPart: (part) => post({ type: 'face-map', part }) }),
      onSkip: (item) => skips.add(item),
      onRetry: (shard, attempt, reason) => post({ type: 'retrying', shard, attempt, reason }),
      write: (store, name, bytes) => writer.write(store, name, bytes),
    },
    cursor,
  );
  skips.flush();
  post({ type: 'progress', progress: null });
  const { info, trainingImages, validation } = data;
  post({
    type: 'source',
    info,
    trainingImages,
    validationImages: trainingImages === null ? null : validation.count,
  });
  requireEnough(deps, data, skips);
  return data;
}

/** Posts a notice if the colours seem to come in the wrong order. */
async function checkColours(deps: SessionDependencies, signal: AbortSignal): Promise<void> {
  const notice = await colourNoticeOfSource({
    ...deps,
    seed: deps.config.seed,
    signal,
    isStopped: async () => {
      await yieldToMessages();
      return signal.aborted;
    },
  });
  if (notice !== null) deps.post({ type: 'notice', text: notice });
}

/** Does nothing if the first epoch is still to show how many pictures there are. */
function requireEnough(
  { config }: SessionDependencies,
  { trainingImages, validation }: RunData,
  skips: SkipReport,
): void {
  if (trainingImages === null) return;
  const needed = config.dropLast ? config.batchSize : 1;
  if (trainingImages >= needed && validation.count > 0) return;
  const isEmpty = trainingImages === 0 && validation.count === 0;
  const nextStep = isEmpty ? nextStepIfNothingUsed(skips.leftOut) : null;
  throw new StudioError(
    'bad-source',
    `The source gave ${trainingImages} training and ${validation.count} validation ` +
      `pictures; at least ${needed} and 1 are needed.`,
    nextStep ?? tooFewNextStep({ training: trainingImages, validation: validation.count, needed }),
  );
}
