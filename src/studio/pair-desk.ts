import { pairFigures } from '../evaluation/pair-figures';
import type { CropDecoder } from '../faces/crop-decoder';
import { BinPairSource, type FacePair, type PairSource } from '../faces/pair-source';
import { StudioError } from '../formats/studio-error';
import type { Backbone } from '../models/backbone';
import type { ConfidenceHead } from '../models/heads/confidence-head';
import { progressMeter } from '../training/progress-meter';
import { readFace } from '../training/read-face';
import { yieldToMessages } from '../training/run-control';
import { scorePairs, type PairScores } from '../training/score-pairs';
import { runName, type TrainingSession } from '../training/training-session';
import type { PairSetFigures, WorkerEvent } from './protocol';

/** Reasons for skipping that are told; further ones are counted. */
const MOST_REASONS = 5;
/** A set is held whole while it is scored; the published ones are a twentieth of this. */
const MOST_BYTES = 2 ** 31 - 1;

/** A head that has learnt something, and which one it is. */
export interface TrainedHead {
  readonly head: ConfidenceHead;
  /** r of the sphere that it was trained on. */
  readonly radius: number;
  readonly run: string;
  readonly step: number;
}

/** What a set is scored with, as it stands when that begins. */
export interface PairTools {
  readonly backbone: Backbone;
  /** null where none has been trained: cosine alone is measured then. */
  readonly trained: TrainedHead | null;
  /** Closed by the desk when the scoring has ended. */
  readonly decoder: CropDecoder;
}

/** The head of a session that has taken a step. */
export function trainedHead(session: TrainingSession | null): TrainedHead | null {
  if (!session || session.cursor.step === 0) return null;
  const { config, trainer, cursor } = session;
  return { head: trainer.head, radius: config.radius, run: runName(config), step: cursor.step };
}

/** Scores verification sets, one at a time, and never beside a run: the backbone is shared. */
export class PairDesk {
  /** The scoring at work; another takes its place. */
  #asked = new AbortController();
  /** Settles when no scoring is at work. */
  #idle: Promise<void> = Promise.resolve();
  #scorings = 0;
  /** Runs and measurements that the machine is left to. */
  #others = 0;

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly tools: () => PairTools,
  ) {}

  get isAtWork(): boolean {
    return this.#scorings > 0;
  }

  /** Settles when no scoring holds backbone or head any more. */
  get idle(): Promise<void> {
    return this.#idle;
  }

  /**
   * Scores the pairs of an InsightFace `.bin` and posts their figures: of the first pairs where it is stopped, null where it
   * is stopped before any has a score.
   * @throws StudioError `bad-source` for a file that is no such set, `bad-config` beside a run or where one begins
   */
  async score(file: File): Promise<void> {
    this.#asked.abort(REPLACED);
    const { signal } = (this.#asked = new AbortController());
    const scoring = this.#score(file, signal, this.#idle);
    this.#idle = scoring.catch(() => undefined);
    this.#scorings++;
    try {
      await scoring;
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      if (signal.reason === GAVE_WAY) throw new StudioError('bad-config', `A run began, so the scoring of ${file.name} was ended.`, 'Score it once the run has ended.');
      if (signal.reason === STOPPED) this.post({ type: 'pair-figures', set: null });
    } finally {
      this.#scorings--;
      if (signal.reason !== REPLACED) this.post({ type: 'pairs-progress', progress: null });
    }
  }

  /** Ends the scoring at work; the figures of what was scored are posted. */
  stop(): void {
    this.#asked.abort(STOPPED);
  }

  /** Ends the scoring at work without figures, and refuses others until `work` has come to its end. */
  async giveWay<T>(work: () => Promise<T>): Promise<T> {
    this.#others++;
    this.#asked.abort(GAVE_WAY);
    try {
      return await work();
    } finally {
      this.#others--;
    }
  }

  async #score(file: File, signal: AbortSignal, before: Promise<void>): Promise<void> {
    await before;
    signal.throwIfAborted();
    if (this.#others > 0) throw new StudioError('bad-config', 'A run is on, or being measured: scoring a set beside it would slow both.', 'Score it once that has ended.');
    const source = BinPairSource.open(file.name, await bytesOf(file));
    signal.throwIfAborted();
    const { backbone, trained, decoder } = this.tools();
    try {
      const { pairs } = source.info();
      const progress = progressMeter('scoring', `Scoring the pairs of ${file.name}`, pairs, 'pairs', (state) => this.post({ type: 'pairs-progress', progress: state }));
      progress(0);
      const scores = await scorePairs(untilStopped(source, signal), {
        decoder,
        read: (crop) => readFace(crop, backbone, trained && trained.head),
        radius: trained ? trained.radius : 1,
        onProgress: (done) => void (signal.aborted || progress(done)),
      });
      // Its last pairs may have been read before another scoring or a run took its place.
      if (signal.reason !== STOPPED) signal.throwIfAborted();
      this.post({ type: 'pair-figures', set: figuresOf(file.name, pairs, scores, trained) });
    } finally {
      decoder.dispose();
    }
  }
}

/** A set that ends early where it is stopped, so that the pairs before have their figures; whatever else aborts is thrown. */
function untilStopped(source: PairSource, signal: AbortSignal): PairSource {
  async function* pairs(): AsyncGenerator<FacePair> {
    for await (const pair of source.pairs()) {
      // wasm computes without ever letting a message in.
      await yieldToMessages();
      if (signal.reason === STOPPED) return;
      signal.throwIfAborted();
      yield pair;
    }
  }
  return { info: () => source.info(), pairs };
}

function figuresOf(name: string, pairs: number, { cosine, scf, skipped }: PairScores, trained: TrainedHead | null): PairSetFigures {
  const [genuine, impostor] = [cosine.genuine.length, cosine.impostor.length];
  return {
    name,
    pairs,
    genuine,
    impostor,
    skipped: { count: skipped.length, reasons: skipped.slice(0, MOST_REASONS).map(({ index, reason }) => `pair ${index}: ${reason}`) },
    cosine: pairFigures(cosine.genuine, cosine.impostor),
    scf: scf && pairFigures(scf.genuine, scf.impostor),
    head: trained && { run: trained.run, step: trained.step },
    complete: genuine + impostor + skipped.length === pairs,
  };
}

async function bytesOf(file: File): Promise<Uint8Array> {
  const nextStep = 'Choose a verification set such as lfw.bin or agedb_30.bin.';
  if (file.size > MOST_BYTES) throw new StudioError('bad-source', `${file.name} has ${file.size.toLocaleString('en')} bytes; a set of ${MOST_BYTES.toLocaleString('en')} at most can be held.`, nextStep);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new StudioError('bad-source', `${file.name} can't be read (${cause instanceof Error ? cause.message : String(cause)}).`, nextStep, { cause });
  }
}

const REPLACED = new DOMException('Another set took its place.', 'AbortError');
const STOPPED = new DOMException('It was stopped.', 'AbortError');
const GAVE_WAY = new DOMException('A run began.', 'AbortError');
