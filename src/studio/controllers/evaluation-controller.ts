import { headOf } from '../../confidence/confidence-method';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import type { RgbImage } from '../../faces/face-record';
import { messageOf, StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import { evaluate, methodsOf, type EvaluatedHead } from '../../inference/evaluation/evaluate';
import {
  type EvaluationSet,
  binSet,
  folderSet,
  missingSentence,
} from '../../inference/evaluation/evaluation-set';
import { decodeEvaluation, encodeEvaluation } from '../../inference/evaluation/saved-evaluation';
import { progressMeter } from '../../core/progress-meter';
import { yieldToMessages } from '../../core/yield-to-messages';
import type { RunStore } from '../../training/checkpoint/run-store';
import type { EvaluationRequest, WorkerEvent } from '../protocol';
import { readOrSetAside } from '../storage/set-aside';

/** A set is held whole while it is read; the published ones are a twentieth of this. */
const MAX_BYTES = 2 ** 31 - 1;
/** The last evaluation, as JSON. */
const RESULT_FILE = 'evaluation.json';

type Decode = (bytes: Uint8Array, name: string) => Promise<RgbImage>;

/** What sets are evaluated with, as it stands when that begins. */
export interface EvaluationTools {
  readonly backbone: Backbone;
  /** One a method: the run's or a file's, and the studio's own for others. */
  readonly heads: readonly EvaluatedHead[];
  /** Asked for where pictures aren't taken for crops. */
  readonly networks: () => Promise<PhotoNetworks>;
  /** @throws StudioError `bad-image` */
  readonly decode: Decode;
}

/**
 * Evaluates methods on pictures, one set at a time, and never beside a run: the backbone is shared.
 */
export class EvaluationController {
  /** The evaluation at work; another takes its place. */
  #asked = new AbortController();
  /** Settles when none is at work. */
  #idle: Promise<void> = Promise.resolve();
  #atWork = 0;
  /** Runs and measurements that the machine is left to. */
  #others = 0;

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly tools: () => Promise<EvaluationTools>,
    readonly store: RunStore,
  ) {}

  get isAtWork(): boolean {
    return this.#atWork > 0;
  }

  /** Settles when no evaluation holds backbone or head any more. */
  get idle(): Promise<void> {
    return this.#idle;
  }

  /**
   * Evaluates a set and posts what it found: of the first pictures where it is stopped, null where
   * it is stopped before any pair has a score.
   * @throws StudioError `bad-source` for what is no set, `bad-config` beside a run or where one
   * begins
   */
  async evaluate(request: EvaluationRequest): Promise<void> {
    this.#asked.abort(REPLACED);
    const { signal } = (this.#asked = new AbortController());
    const work = this.#evaluate(request, signal, this.#idle);
    this.#idle = work.catch(() => undefined);
    this.#atWork++;
    try {
      await work;
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      if (signal.reason === GAVE_WAY)
        throw new StudioError(
          'bad-config',
          `A run began, so the evaluation of ${request.name} was ended.`,
          'Start it again once the run has ended.',
        );
      if (signal.reason === STOPPED) this.post({ type: 'evaluation', result: null });
    } finally {
      this.#atWork--;
      if (signal.reason !== REPLACED) this.post({ type: 'evaluation-progress', progress: null });
    }
  }

  /** Ends the evaluation at work; the figures of what was read are posted. */
  stop(): void {
    this.#asked.abort(STOPPED);
  }

  /**
   * Posts the last evaluation, where one is kept. One that can't be had is said, and the studio
   * goes on without it.
   */
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
        error: StudioError.record(thrown, 'storage-denied', 'Evaluate the pictures again.'),
      });
    }
  }

  /**
   * Ends the evaluation at work without figures, and refuses others until `work` has come to its
   * end.
   */
  async preemptFor<T>(work: () => Promise<T>): Promise<T> {
    this.#others++;
    this.#asked.abort(GAVE_WAY);
    try {
      return await work();
    } finally {
      this.#others--;
    }
  }

  async #evaluate(
    request: EvaluationRequest,
    signal: AbortSignal,
    before: Promise<void>,
  ): Promise<void> {
    await before;
    signal.throwIfAborted();
    if (this.#others > 0)
      throw new StudioError(
        'bad-config',
        'A run is on, or being measured: an evaluation beside it would slow both.',
        'Start it once that has ended.',
      );
    const { backbone, heads, networks, decode } = await this.tools();
    const set = await openSet(request, decode);
    const missing = missingSentence(set);
    if (missing !== null) this.post({ type: 'notice', text: missing });
    // Crops are read without them; they are only looked at by them.
    const detecting = await networks().catch((thrown: unknown) => {
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
      networks: detecting,
      align: request.align,
      seed: request.seed,
      isStopped: async () => {
        // wasm computes without ever letting a message in.
        await yieldToMessages();
        if (signal.reason === STOPPED) return true;
        signal.throwIfAborted();
        return false;
      },
      onProgress: (done, total) => {
        progress ??= progressMeter(
          'scoring',
          `Reading the pictures of ${set.name}`,
          total,
          'pictures',
          (state) => this.post({ type: 'evaluation-progress', progress: state }),
        );
        if (!signal.aborted) progress(done);
      },
    });
    // Its last pictures may have been read before another or a run took its place.
    if (signal.reason !== STOPPED) signal.throwIfAborted();
    this.post({ type: 'evaluation', result });
    await this.store.write(RESULT_FILE, encodeEvaluation(result));
  }
}

/** @throws StudioError `bad-source` */
async function openSet(
  { name, files, pairs }: EvaluationRequest,
  decode: Decode,
): Promise<EvaluationSet> {
  if (pairs?.name.endsWith('.bin')) return binSet(pairs.name, await bytesOf(pairs), decode);
  const byPath = new Map(files.map(({ path, file }) => [path, file]));
  return folderSet({
    name,
    paths: [...byPath.keys()],
    list: pairs && { name: pairs.name, text: new TextDecoder().decode(await bytesOf(pairs)) },
    decode: async (path) => decode(await bytesOf(byPath.get(path)!), path),
  });
}

async function bytesOf(file: File): Promise<Uint8Array> {
  if (file.size > MAX_BYTES)
    throw new StudioError(
      'bad-source',
      `${file.name} has ${file.size.toLocaleString('en')} bytes; ` +
        `${MAX_BYTES.toLocaleString('en')} at most can be held.`,
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

const REPLACED = new DOMException('Another set took its place.', 'AbortError');
const STOPPED = new DOMException('It was stopped.', 'AbortError');
const GAVE_WAY = new DOMException('A run began.', 'AbortError');
