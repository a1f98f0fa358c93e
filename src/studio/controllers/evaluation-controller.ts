import type { FileStore } from '../../formats/bytes/file-store';
import { headOf } from '../../confidence/confidence-method';
import { isStopped, LatestTask } from '../../core/latest-task';
import { count } from '../../core/number-words';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import type { RgbImage } from '../../faces/face-record';
import { messageOf, StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import { readQualityScores, requireQualitySize } from '../../formats/pairs/quality-scores';
import type { QualityFile } from '../../inference/evaluation/external-qualities';
import {
  evaluate,
  methodsOf,
  type EvaluatedHead,
  type EvaluationResult,
} from '../../inference/evaluation/evaluate';
import {
  type EvaluationSet,
  binSet,
  folderSet,
  missingPicturesWarning,
} from '../../inference/evaluation/evaluation-set';
import { decodeEvaluation, encodeEvaluation } from '../../inference/evaluation/saved-evaluation';
import { progressMeter } from '../../core/progress-meter';
import { yieldToMessages } from '../../core/yield-to-messages';
import type { BackendLease } from '../backend-lease';
import type { EvaluationRequest, QualityRequest, WorkerEvent } from '../protocol';
import type { Task } from '../task';
import { readOrSetAside } from '../../formats/bytes/set-aside';

/** Bytes of a set's file, which is held in memory whole. The published sets have a twentieth. */
const MAX_FILE_BYTES = 2 ** 31 - 1;
const EVALUATE = 'Evaluate the pictures again.';
/** The last evaluation, as JSON. */
const RESULT_FILE = 'evaluation.json';

type Decode = (bytes: Uint8Array, name: string) => Promise<RgbImage>;

/** What a set is evaluated with: asked for once at the beginning of an evaluation. */
export interface EvaluationTools {
  readonly backbone: Backbone;
  /** One for each method: the run's or a file's, or the one that came with the studio. */
  readonly heads: readonly EvaluatedHead[];
  /** Detector and landmarks, for pictures that aren't aligned crops. */
  readonly networks: () => Promise<PhotoNetworks>;
  /** @throws StudioError `bad-image` */
  readonly decode: Decode;
}

/**
 * Evaluates methods on pictures, one set at a time, and only while it has the backend: a run that
 * starts ends the evaluation.
 */
export class EvaluationController {
  readonly #task = new LatestTask();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly tools: () => Promise<EvaluationTools>,
    readonly store: FileStore,
    readonly lease: BackendLease,
  ) {}

  /**
   * Evaluates a set, and keeps the result.
   * @returns the result; of the pictures read so far if it is stopped, null if no pair had a score,
   * or another evaluation took its place
   * @throws StudioError `bad-source` if the files are no set; `bad-config` if a run is on or begins
   */
  evaluate(request: EvaluationRequest, task: Task): Promise<EvaluationResult | null> {
    const claim = { use: 'evaluation', what: `the evaluation of ${request.name}` } as const;
    return this.#task.run((signal) =>
      this.lease.hold(claim, (ended) => this.#evaluate(request, signal, ended, task)),
    );
  }

  /** Stops the evaluation, which gives the figures of the pictures read so far. */
  stop(): void {
    this.#task.stop();
  }

  /** Posts the last saved evaluation, if there is one. If it can't be read, posts an error. */
  async recall(): Promise<void> {
    try {
      const result = await readOrSetAside(
        this.store,
        RESULT_FILE,
        'The evaluation that was kept',
        decodeEvaluation,
      );
      if (result) this.post({ type: 'evaluation', result });
    } catch (thrown) {
      this.post({
        type: 'error',
        scope: 'evaluation',
        error: StudioError.record(thrown, 'storage-denied', EVALUATE),
      });
    }
  }

  async #evaluate(
    request: EvaluationRequest,
    signal: AbortSignal,
    ended: AbortSignal,
    { post, report, warn }: Task,
  ): Promise<EvaluationResult> {
    signal.throwIfAborted();
    const qualities = await Promise.all(request.qualities.map(openQuality));
    const { backbone, heads, networks, decode } = await this.tools();
    const set = await openSet(request, decode);
    const missing = missingPicturesWarning(set);
    if (missing !== null) post({ type: 'notice', text: missing });
    // Aligned crops can be evaluated without these networks, which then only check the alignment.
    const photoNetworks = await networks().catch((thrown: unknown) => {
      if (request.align === 'none' && thrown instanceof StudioError) return null;
      throw thrown;
    });
    signal.throwIfAborted();
    let progress: ((done: number) => void) | null = null;
    const methods = methodsOf(heads);
    const result = await evaluate({
      set,
      protocols: request.protocols,
      methods,
      backbone,
      heads: heads.filter(({ method }) => methods.some((name) => headOf(name) === method)),
      networks: photoNetworks,
      align: request.align,
      seed: request.seed,
      qualities,
      degradeSeeds: request.degradeSeeds,
      isStopped: async () => {
        // On wasm nothing else lets the worker handle a message.
        await yieldToMessages();
        if (isStopped(signal)) return true;
        signal.throwIfAborted();
        ended.throwIfAborted();
        return false;
      },
      onProgress: (done, total) => {
        progress ??= progressMeter(
          'scoring',
          `Reading the pictures of ${set.name}`,
          total,
          'pictures',
          report,
        );
        if (!signal.aborted && !ended.aborted) progress(done);
      },
    });
    // It may have been replaced or ended after its last picture.
    if (!isStopped(signal)) signal.throwIfAborted();
    ended.throwIfAborted();
    // It can be shown even if it can't be kept.
    await this.store.write(RESULT_FILE, encodeEvaluation(result)).catch((thrown: unknown) => {
      const { code, message, nextStep } = StudioError.record(thrown, 'storage-denied', EVALUATE);
      warn(new StudioError(code, message, nextStep));
    });
    return result;
  }
}

/** @throws StudioError `bad-source` */
async function openSet(
  { name, files, pairs, fromFolders }: EvaluationRequest,
  decode: Decode,
): Promise<EvaluationSet> {
  if (pairs && /\.bin$/i.test(pairs.name)) return binSet(pairs.name, await bytesOf(pairs), decode);
  const byPath = new Map(files.map(({ path, file }) => [path, file]));
  return folderSet({
    name,
    paths: [...byPath.keys()],
    list: pairs && { name: pairs.name, text: new TextDecoder().decode(await bytesOf(pairs)) },
    fromFolders,
    decode: async (path) => decode(await bytesOf(byPath.get(path)!), path),
  });
}

/** @throws StudioError `bad-source` */
async function openQuality({ name, file, lowerIsBetter }: QualityRequest): Promise<QualityFile> {
  requireQualitySize(file.size, file.name);
  const scores = readQualityScores(await bytesOf(file), file.name);
  return { name, file: file.name, lowerIsBetter, scores };
}

async function bytesOf(file: File): Promise<Uint8Array> {
  if (file.size > MAX_FILE_BYTES)
    throw new StudioError(
      'bad-source',
      `${file.name} has ${count(file.size)} bytes; at most ${count(MAX_FILE_BYTES)} can be held.`,
      'Choose a smaller set.',
    );
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new StudioError(
      'bad-source',
      `${file.name} can't be read (${messageOf(cause)}).`,
      'Choose it again.',
      { cause },
    );
  }
}
