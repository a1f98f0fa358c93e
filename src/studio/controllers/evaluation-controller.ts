import type { FileStore } from '../../formats/bytes/file-store';
import { headOf } from '../../confidence/confidence-method';
import { isStopped, LatestTask } from '../../core/latest-task';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import { StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import {
  evaluate,
  methodsOf,
  type EvaluatedHead,
  type EvaluateOptions,
  type EvaluationResult,
} from '../../inference/evaluation/evaluate';
import { missingPicturesWarning } from '../../inference/evaluation/evaluation-set';
import { decodeEvaluation, encodeEvaluation } from '../../inference/evaluation/saved-evaluation';
import { progressMeter } from '../../core/progress-meter';
import { yieldToMessages } from '../../core/yield-to-messages';
import type { BackendLease } from '../backend-lease';
import {
  DEMO_NAME,
  demoProtocols,
  openDemo,
  timeDemo,
  type DemoTools,
} from '../evaluation/demo-evaluation';
import { openQuality, openSet, type Decode } from '../evaluation/open-evaluation-set';
import type { DemoTime, EvaluationRequest, WorkerEvent } from '../protocol';
import { evaluatedHead } from '../runtime/trained-head';
import type { Task } from '../task';
import { readOrSetAside } from '../../formats/bytes/set-aside';

const EVALUATE = 'Evaluate the pictures again.';
/** The last evaluation, as JSON. */
const RESULT_FILE = 'evaluation.json';

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

/** What ends an evaluation. */
interface Stops {
  /** Aborted by a person's stop, which keeps what has been read, or by the next evaluation. */
  readonly signal: AbortSignal;
  /** Aborted by a run. */
  readonly ended: AbortSignal;
}

/**
 * Evaluates methods on pictures, one set at a time, and only while it has the backend: a run that
 * starts ends the evaluation.
 */
export class EvaluationController {
  readonly #task = new LatestTask();

  /**
   * @param tools for pictures that a person brings
   * @param demo for the demo set
   */
  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly tools: () => Promise<EvaluationTools>,
    readonly demo: () => Promise<DemoTools>,
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
    return this.#hold(request.name, (stops) => this.#evaluate(request, stops, task));
  }

  /**
   * Evaluates pairs of people of the demo set whom no head has trained on, and keeps the result.
   * @param seed draws pairs, degradations and resamples
   * @returns as {@link evaluate}
   * @throws StudioError `bad-source` if these people are too few, or the set can't be read;
   * `bad-config` if a run is on or begins
   */
  evaluateDemo(seed: number, task: Task): Promise<EvaluationResult | null> {
    return this.#hold(DEMO_NAME, async (stops) => {
      const tools = await this.demo();
      const signal = AbortSignal.any([stops.signal, stops.ended]);
      const set = await openDemo(tools, { seed, signal, task });
      const { backbone } = tools;
      const heads = tools.heads.map(evaluatedHead);
      const how = { protocols: demoProtocols, align: 'none', seed, degradeSeeds: 1 } as const;
      return this.#measure({ ...how, set, backbone, heads, networks: null }, stops, task);
    });
  }

  /**
   * How long {@link evaluateDemo} would take, by a reading of faces that is timed now.
   * @throws StudioError from the source or the backbone
   */
  async timeDemo(): Promise<DemoTime> {
    return timeDemo(await this.demo());
  }

  /** Begins an evaluation, which ends the one before. */
  #hold(
    name: string,
    work: (stops: Stops) => Promise<EvaluationResult>,
  ): Promise<EvaluationResult | null> {
    const claim = { use: 'evaluation', what: `the evaluation of ${name}` } as const;
    return this.#task.run((signal) => this.lease.hold(claim, (ended) => work({ signal, ended })));
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

  async #evaluate(request: EvaluationRequest, stops: Stops, task: Task): Promise<EvaluationResult> {
    stops.signal.throwIfAborted();
    const qualities = await Promise.all(request.qualities.map(openQuality));
    const { backbone, heads, networks, decode } = await this.tools();
    const set = await openSet(request, decode);
    const missing = missingPicturesWarning(set);
    if (missing !== null) task.post({ type: 'notice', text: missing });
    // Aligned crops can be evaluated without these networks, which then only check the alignment.
    const photoNetworks = await networks().catch((thrown: unknown) => {
      if (request.align === 'none' && thrown instanceof StudioError) return null;
      throw thrown;
    });
    const { protocols, align, seed, degradeSeeds } = request;
    const how = { protocols, align, seed, degradeSeeds, qualities };
    return this.#measure({ ...how, set, backbone, heads, networks: photoNetworks }, stops, task);
  }

  /** Evaluates an opened set, and keeps the result. */
  async #measure(
    options: Omit<EvaluateOptions, 'methods'>,
    { signal, ended }: Stops,
    { report, warn }: Task,
  ): Promise<EvaluationResult> {
    signal.throwIfAborted();
    const { set, heads } = options;
    const methods = methodsOf(heads);
    const meterOf = (label: string, unit: string) => {
      let meter: ((done: number) => void) | null = null;
      return (done: number, total: number) => {
        meter ??= progressMeter('scoring', label, total, unit, report);
        if (!signal.aborted && !ended.aborted) meter(done);
      };
    };
    const figured = meterOf(`Working out the figures of ${set.name}`, 'protocols');
    const goOn = async () => {
      // On wasm nothing else lets the worker handle a message.
      await yieldToMessages();
      if (!isStopped(signal)) signal.throwIfAborted();
      ended.throwIfAborted();
    };
    const result = await evaluate({
      ...options,
      methods,
      heads: heads.filter(({ method }) => methods.some((name) => headOf(name) === method)),
      isStopped: async () => {
        await goOn();
        return isStopped(signal);
      },
      onProgress: meterOf(`Reading the pictures of ${set.name}`, 'pictures'),
      onFigures: async (done, total) => {
        figured(done, total);
        await goOn();
      },
    });
    // It may have been replaced or ended after its last picture.
    await goOn();
    // It can be shown even if it can't be kept.
    await this.store.write(RESULT_FILE, encodeEvaluation(result)).catch((thrown: unknown) => {
      const { code, message, nextStep } = StudioError.record(thrown, 'storage-denied', EVALUATE);
      warn(new StudioError(code, message, nextStep));
    });
    return result;
  }
}
