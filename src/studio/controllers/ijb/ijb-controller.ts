import { LatestTask } from '../../../core/latest-task';
import { progressMeter } from '../../../core/progress-meter';
import { messageOf, StudioError } from '../../../core/studio-error';
import { yieldToMessages } from '../../../core/yield-to-messages';
import type { FileStore } from '../../../formats/bytes/file-store';
import { readOrSetAside } from '../../../formats/bytes/set-aside';
import { methodsOf } from '../../../inference/evaluation/evaluated-heads';
import { evaluateIjb, type IjbResult } from '../../../inference/evaluation/ijb/evaluate-ijb';
import {
  missingPictures,
  openIjbRelease,
  type IjbFolder,
  type OpenIjbRelease,
} from '../../../inference/evaluation/ijb/ijb-release';
import {
  measureReading,
  type ReadingEstimate,
} from '../../../inference/evaluation/ijb/measure-reading';
import type { IjbPhase } from '../../../inference/evaluation/ijb/pool-pictures';
import { faceRecordBytes } from '../../../inference/evaluation/ijb/reading-record';
import {
  keptCount,
  layoutOf,
  listKept,
  ReadingsKeep,
} from '../../../inference/evaluation/ijb/readings-keep';
import { decodeIjb, encodeIjb } from '../../../inference/evaluation/ijb/saved-ijb';
import type { BackendLease } from '../../backend-lease';
import type { IjbState, IjbSummary, PickedIjb } from '../../protocol/ijb';
import type { Task } from '../../task';
import type { EvaluationTools } from '../evaluation-controller';
import { pickedIjbFolder } from './picked-ijb-folder';

/** The last result, as JSON. */
const RESULT_FILE = 'ijb.json';
/** Readings of pictures lie in a folder of this name. */
const READINGS_FOLDER = 'ijb';
/** How pictures are read and pooled; the command line does the same unless it is told otherwise. */
const POLICY = 'ijb-published';
const BASELINE = { norm: true, detectorScore: true };
/** Missing pictures that are named. */
const MAX_NAMED = 5;

/** A release whose lists have been read. */
interface OpenedRelease {
  readonly release: OpenIjbRelease;
  readonly missing: readonly string[];
}

/**
 * Evaluates a release of IJB-B or IJB-C that was picked in the page. What each picture gives is
 * kept, so that an evaluation of hours goes on where it was after a pause, a reload or a crash.
 */
export class IjbController {
  #opened: OpenedRelease | null = null;
  /** Undefined until it has been looked for. */
  #result: IjbResult | null | undefined;
  readonly #task = new LatestTask();
  /** Settles once what is going on has ended. */
  #running: Promise<unknown> = Promise.resolve();
  readonly #readings: FileStore;

  constructor(
    readonly tools: () => Promise<EvaluationTools>,
    readonly store: FileStore,
    readonly lease: BackendLease,
  ) {
    this.#readings = store.folder(READINGS_FOLDER);
  }

  /**
   * Reads the lists of a release, and looks for its pictures.
   * @returns null if it was stopped, or another was opened instead
   * @throws StudioError `bad-source`
   */
  open(picked: PickedIjb, task: Task): Promise<IjbState | null> {
    return this.openFolder(pickedIjbFolder(picked), task);
  }

  /** As {@link open}, for a folder of any kind. */
  openFolder(folder: IjbFolder, task: Task): Promise<IjbState | null> {
    return this.#run(async (signal) => {
      this.#opened = null;
      const { decode } = await this.tools();
      const told = (label: string, total: number | null, unit: string) => {
        const meter = progressMeter('indexing', label, total, unit, task.report);
        return (done: number) => {
          signal.throwIfAborted();
          meter(done);
        };
      };
      const onPair = told(`Reading the lists of ${folder.name}`, null, 'pairs');
      const release = await openIjbRelease(folder, decode, onPair);
      const { length } = release.pictures.names;
      const onFile = told(`Looking for the pictures of ${folder.name}`, length, 'files');
      const missing = await missingPictures(release, folder, onFile);
      signal.throwIfAborted();
      this.#opened = { release, missing };
      task.report(null);
      return this.state(task);
    });
  }

  /** How things stand. @throws StudioError from the store, or from the heads in use */
  async state({ warn }: Pick<Task, 'warn'>): Promise<IjbState> {
    return {
      release: this.#opened && (await this.#summary(this.#opened)),
      kept: await listKept(this.#readings),
      result: await this.#lastResult(warn),
    };
  }

  /**
   * Measures how long the reading will take.
   * @returns null if it was stopped
   * @throws StudioError `bad-config` without an open release, or if a run is on or begins
   */
  measure(task: Task): Promise<ReadingEstimate | null> {
    const opened = this.#requireOpen();
    const claim = { use: 'estimate', what: `the estimate for ${opened.release.name}` } as const;
    return this.#run((signal) =>
      this.lease.hold(claim, async (ended) => {
        const of = await this.#readingOf(opened);
        const meter = progressMeter(
          'measuring',
          `Reading some pictures of ${of.release.name}, to see how long all will take`,
          100,
          'per cent',
          task.report,
        );
        meter(0);
        return measureReading({
          ...of,
          kept: await keptCount(this.#readings, of),
          onProgress: (spent) => meter(Math.round(100 * spent)),
          yieldToEventLoop: throwIfAborted(signal, ended),
        });
      }),
    );
  }

  /**
   * Evaluates the open release, and keeps the result. Pictures whose readings are kept are not read
   * again.
   * @returns null if it was paused
   * @throws StudioError `bad-config` without an open release, or if a run is on or begins;
   * `bad-source` if no rates can be computed
   */
  evaluate(task: Task): Promise<IjbResult | null> {
    const opened = this.#requireOpen();
    const claim = { use: 'ijb', what: `the evaluation of ${opened.release.name}` } as const;
    return this.#run((signal) =>
      this.lease.hold(claim, (ended) => this.#evaluate(opened, signal, ended, task)),
    );
  }

  /** Ends what is going on. What was read is kept. */
  pause(): void {
    this.#task.stop();
  }

  /** Ends what is going on, and lets go of the release. */
  async close(task: Pick<Task, 'warn'>): Promise<IjbState> {
    this.pause();
    await this.#running;
    this.#opened = null;
    return this.state(task);
  }

  /** Removes kept readings. @throws StudioError `storage-denied` while they are in use */
  async remove(name: string, task: Pick<Task, 'warn'>): Promise<IjbState> {
    await this.#readings.remove(name);
    return this.state(task);
  }

  #run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    const running = this.#task.run(work);
    this.#running = running.catch(() => undefined);
    return running;
  }

  async #evaluate(
    opened: OpenedRelease,
    signal: AbortSignal,
    ended: AbortSignal,
    task: Task,
  ): Promise<IjbResult> {
    signal.throwIfAborted();
    const of = await this.#readingOf(opened);
    const keep = await ReadingsKeep.open(this.#readings, of, task.warn);
    try {
      const result = await evaluateIjb({
        ...of,
        methods: methodsOf(of.heads),
        baseline: BASELINE,
        keep,
        onProgress: phaseMeter(of.release.name, task),
        yieldToEventLoop: throwIfAborted(signal, ended),
      });
      this.#result = result;
      // It can be shown even if it can't be kept.
      await this.store.write(RESULT_FILE, encodeIjb(result)).catch((thrown: unknown) => {
        const next = 'Write it down: it is gone with the page.';
        const { code, message, nextStep } = StudioError.record(thrown, 'storage-denied', next);
        task.warn(new StudioError(code, message, nextStep));
      });
      return result;
    } finally {
      keep.close();
    }
  }

  /** With what the pictures of a release are read. */
  async #readingOf({ release }: OpenedRelease) {
    const { backbone, heads, networks } = await this.tools();
    return { release, backbone, heads, networks, policy: POLICY } as const;
  }

  async #summary(opened: OpenedRelease): Promise<IjbSummary> {
    const { release, missing } = opened;
    const { name, set, pictures, pairs } = release;
    const of = await this.#readingOf(opened);
    const read = await keptCount(this.#readings, of);
    return {
      name,
      set,
      pictures: pictures.names.length,
      templates: new Set(pictures.templates).size,
      pairs: pairs.same.length,
      missing: { count: missing.length, first: missing.slice(0, MAX_NAMED) },
      read,
      bytesNeeded: (pictures.names.length - read) * faceRecordBytes(layoutOf(of)),
      freeBytes: await this.#readings.freeBytes(),
    };
  }

  /** The last result; null, with a warning, if it can't be read. */
  async #lastResult(warn: Task['warn']): Promise<IjbResult | null> {
    if (this.#result !== undefined) return this.#result;
    const what = 'The evaluation of IJB that was kept';
    const kept = await readOrSetAside(this.store, RESULT_FILE, what, decodeIjb).catch(
      (thrown: unknown) => {
        if (thrown instanceof StudioError) warn(thrown);
        else warn(new StudioError('storage-denied', `${messageOf(thrown)}.`, 'Evaluate it again.'));
        return null;
      },
    );
    // Another evaluation may have ended meanwhile.
    this.#result ??= kept;
    return this.#result;
  }

  /** @throws StudioError `bad-config` */
  #requireOpen(): OpenedRelease {
    if (this.#opened) return this.#opened;
    throw new StudioError(
      'bad-config',
      'No release is open: a page may not keep hold of a folder.',
      'Pick the folder of the release again; what was read of it is kept.',
    );
  }
}

/** On wasm nothing else lets the worker handle a message. @throws the signals' reasons */
function throwIfAborted(...signals: readonly AbortSignal[]): () => Promise<void> {
  return async () => {
    await yieldToMessages();
    for (const signal of signals) signal.throwIfAborted();
  };
}

/** What each phase is called, and what it counts. */
const PHASES: Readonly<Record<IjbPhase, readonly [label: (name: string) => string, unit: string]>> =
  {
    kept: [(name) => `Taking up what is kept of ${name}`, 'pictures'],
    pictures: [(name) => `Reading the pictures of ${name}`, 'pictures'],
    pairs: [(name) => `Scoring the pairs of ${name}`, 'pairs'],
    resamples: [(name) => `Finding the intervals of ${name}`, 'resamples'],
  };

/** Reports each phase with a rate of its own, which counts nothing that was kept. */
function phaseMeter(
  name: string,
  { report }: Task,
): (what: IjbPhase, done: number, total: number) => void {
  let phase: IjbPhase | null = null;
  let meter: (done: number) => void = () => undefined;
  return (what, done, total) => {
    if (what !== phase) {
      const [label, unit] = PHASES[what];
      meter = progressMeter('scoring', label(name), total, unit, report, done);
      phase = what;
    }
    meter(done);
  };
}
