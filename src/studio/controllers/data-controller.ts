import { isReplaced, LatestTask } from '../../core/latest-task';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import { severity, type FaceRecord, type RgbImage } from '../../faces/face-record';
import type { FaceSource } from '../../faces/face-source';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import { type OpenContext, indexingProgress } from '../../faces/sources/open-context';
import type { FileStore } from '../../formats/bytes/file-store';
import { SourceSurvey } from '../../faces/survey/source-survey';
import { messageOf } from '../../core/studio-error';
import { AlignedSource } from '../../inference/align/aligned-source';
import type { AlignmentSample } from '../../inference/align/alignment';
import { alignmentOfRecords } from '../../inference/align/alignment-sample';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import { progressMeter } from '../../core/progress-meter';
import type { FaceKind } from '../../models/heads/ready-head-list';
import { yieldToMessages } from '../../core/yield-to-messages';
import { featureKey } from '../../training/data/features/feature-file';
import { keptRecords } from '../../training/data/features/open-cache';
import { adaptToSize } from '../../training/config/adapt-to-size';
import {
  measureThroughput,
  planOf,
  type RunPlan,
  type ThroughputOptions,
} from '../../training/session/run-plan';
import type { RunConfig } from '../../training/config/run-config';
import type { BackendClaim, BackendLease } from '../backend-lease';
import { sampleFaces } from '../runtime/face-samples';
import type { AlignedSet, SourceCount, SourceLook } from '../protocol';
import type { Task } from '../task';
import { alignIntoTar, type GrowingFile } from '../runtime/align-into-tar';

/**
 * Records that a survey reads before it lets the worker handle messages: a survey of records in
 * memory would never see a stop otherwise.
 */
const RECORDS_PER_YIELD = 256;
const MEASURED_SECONDS = 10;

/** Opens a source from its address, or from picked files. */
export type OpenSource = (
  shards: string,
  files: readonly PickedFile[] | undefined,
  opening: OpenContext & Required<Pick<OpenContext, 'onWarning'>>,
) => Promise<FaceSource>;

/** What looking for faces takes. */
export interface DataTools {
  readonly networks: () => Promise<PhotoNetworks>;
  /** Decodes a whole picture. @throws StudioError `bad-image` */
  readonly decode: (encoded: Uint8Array) => Promise<RgbImage>;
  /** Encodes a crop of 112 × 112 × 3 RGB bytes. */
  readonly encode: (crop: Uint8Array) => Promise<Uint8Array>;
  readonly lease: BackendLease;
  /**
   * Settles once nobody has waited for faces to be read for a while, from `since` on, milliseconds
   * of `performance.now()`.
   */
  readonly quiet: (since: number) => Promise<void>;
  /** Where features of runs are kept; absent if nowhere. */
  readonly features?: FileStore;
  /** A new file for aligned pictures. */
  readonly file: (name: string) => Promise<GrowingFile>;
}

/** What a run is measured with, besides its source. */
export type MeasuringTools = Pick<ThroughputOptions, 'backbone' | 'head'> & {
  readonly decoder: CropDecoder;
  readonly dispose: () => void;
};

/**
 * Answers questions about a source before a run: what it is, what it holds, how long training on it
 * takes. One at a time: a new question replaces the one before. The answer is null if the question
 * was replaced or, other than a survey, stopped.
 */
export class DataController {
  readonly #samples = new Map<string, FaceRecord>();
  #faces: FaceKind = 'photographs';
  #lookedAt = '';
  readonly #question = new LatestTask();

  constructor(
    readonly openSource: OpenSource,
    /** Bytes that features may still take in the storage; null if unknown. */
    readonly freeBytes: () => Promise<number | null>,
    readonly tools: DataTools,
  ) {}

  /** A picture of the last {@link look}. */
  sample(key: string): FaceRecord | undefined {
    return this.#samples.get(key);
  }

  /** What the pictures of the last {@link look} are. */
  get faces(): FaceKind {
    return this.#faces;
  }

  /** The source of the last {@link look}, as the settings name it. */
  get lookedAt(): string {
    return this.#lookedAt;
  }

  /**
   * What a source is, and its first `count` pictures. No shard is fetched if that is 0. Posts
   * afterwards whether the pictures are aligned.
   */
  look(
    shards: string,
    files: readonly PickedFile[] | undefined,
    count: number,
    task: Task,
  ): Promise<SourceLook | null> {
    return this.#question.run(async (signal) => {
      const source = await this.#open(shards, files, signal, task);
      const info = await source.info();
      const samples = await sampleFaces(
        source.open({ seed: 0, epoch: 0, shuffleBuffer: 0, signal }),
        count,
      );
      signal.throwIfAborted();
      this.#samples.clear();
      this.#lookedAt = shards;
      this.#faces = info.isDrawn ? 'drawn' : 'photographs';
      for (const record of samples) this.#samples.set(record.key, record);
      if (samples.length > 0) void this.#lookAligned(shards, samples, signal, task);
      return {
        shards,
        info,
        samples: samples.map(({ key, label, encoded, degradation }) => ({
          key,
          label,
          encoded,
          severity: degradation ? severity(degradation) : null,
        })),
      };
    });
  }

  /**
   * Posts whether samples are aligned, or why it can't be told. They are on show already: this may
   * take its time.
   */
  async #lookAligned(
    shards: string,
    samples: readonly FaceRecord[],
    signal: AbortSignal,
    { post }: Task,
  ): Promise<void> {
    const { networks, decode, lease, quiet } = this.tools;
    // A look may not slow these down.
    const since = performance.now();
    const isBusy = () => lease.isFor('run', 'lesson');
    const isStopped = async () => {
      await yieldToMessages();
      // Whoever waits for a verdict comes first.
      await quiet(since);
      return signal.aborted || isBusy();
    };
    if (await isStopped()) return;
    const look = async () =>
      alignmentOfRecords(samples, { decode, networks: await networks(), isStopped });
    const alignment = await look().then(
      (sample) => ({ shards, sample, problem: null }),
      (thrown: unknown) => ({ shards, sample: null, problem: messageOf(thrown) }),
    );
    if (await isStopped()) return;
    post({ type: 'alignment', alignment });
  }

  /**
   * Writes aligned crops of a source's faces into a tar.
   * @throws StudioError `bad-config` if a run or a lesson is on, or begins
   */
  align(
    shards: string,
    files: readonly PickedFile[] | undefined,
    mode: AlignmentSample['remedy'],
    task: Task,
  ): Promise<AlignedSet | null> {
    return this.#answerAlone({ use: 'aligning', what: 'aligning the pictures' }, async (signal) => {
      const source = await this.#open(shards, files, signal, task);
      const { images } = await source.info();
      const progress = progressMeter(
        'aligning',
        'Finding and aligning faces',
        images ?? null,
        'pictures',
        task.report,
      );
      progress(0);
      const { networks, decode, encode, file } = this.tools;
      const aligned = new AlignedSource(source, {
        mode,
        networks: await networks(),
        decode,
        encode,
      });
      // Asked before the file: making it removes the one before, which a run may be reading.
      signal.throwIfAborted();
      const name = `${nameOf(shards)}-aligned`;
      const tar = await alignIntoTar(aligned, name, await file(`${name}.tar`), {
        signal,
        onProgress: progress,
      });
      return { shards, name: `${name}.tar`, ...tar };
    });
  }

  /** Reads every record once and counts them; if it is stopped, the counts so far. */
  survey(
    shards: string,
    files: readonly PickedFile[] | undefined,
    task: Task,
  ): Promise<SourceCount | null> {
    return this.#question.run(async (signal) => {
      const source = await this.#open(shards, files, signal, task);
      const { images, leftOut } = await source.info();
      const progress = progressMeter(
        'surveying',
        'Counting pictures and people',
        images ?? null,
        'pictures',
        task.report,
      );
      const survey = new SourceSurvey(leftOut);
      let read = 0;
      let complete = false;
      try {
        for await (const record of source.open({
          seed: 0,
          epoch: 0,
          shuffleBuffer: 0,
          signal,
          onSkip: (item) => survey.skip(item),
        })) {
          survey.add(record);
          progress(++read);
          if (read % RECORDS_PER_YIELD === 0) await yieldToMessages();
          if (signal.aborted) break;
        }
        complete = !signal.aborted;
      } catch (thrown) {
        if (!signal.aborted) throw thrown;
      }
      if (isReplaced(signal)) return null;
      const { notes = [] } = await source.info();
      return { shards, survey: survey.result(), complete, notes };
    });
  }

  /**
   * Does for ten seconds what a run would do, and plans how long the run would take.
   * @param tools asked for once the backend is free; disposed at the end
   * @throws StudioError `bad-config` if a run, a lesson or an evaluation is on, or a run begins
   */
  plan(
    asked: RunConfig,
    files: readonly PickedFile[] | undefined,
    tools: () => MeasuringTools,
    task: Task,
  ): Promise<RunPlan | null> {
    return this.#answerAlone({ use: 'estimate', what: 'a measurement' }, async (signal) => {
      const source = await this.#open(asked.shards, files, signal, task);
      const { dispose, ...measured } = tools();
      try {
        return await this.#measure(asked, source, measured, signal, task);
      } finally {
        dispose();
      }
    });
  }

  async #measure(
    asked: RunConfig,
    source: FaceSource,
    tools: Omit<MeasuringTools, 'dispose'>,
    signal: AbortSignal,
    { report }: Task,
  ): Promise<RunPlan> {
    const info = await source.info();
    const config = adaptToSize(asked, info);
    const progress = progressMeter(
      'measuring',
      'Reading, decoding and embedding',
      MEASURED_SECONDS,
      'seconds',
      report,
    );
    progress(0);
    const throughput = await measureThroughput({
      ...tools,
      config,
      source,
      signal,
      seconds: MEASURED_SECONDS,
      onProgress: progress,
    });
    const kept = await this.#kept(config, source, tools, signal);
    return planOf(config, info, throughput, tools.backbone, await this.freeBytes(), kept);
  }

  /** Pictures and copies of a source whose features are kept for such a run. */
  async #kept(
    config: RunConfig,
    source: FaceSource,
    { backbone, head }: Pick<MeasuringTools, 'backbone' | 'head'>,
    signal: AbortSignal,
  ): Promise<number> {
    const { features } = this.tools;
    if (!features || config.features !== 'reuse') return 0;
    const key = await featureKey(config, backbone.hash, await source.fingerprint(signal));
    const { embeddingDim } = backbone;
    return keptRecords(features, key, { embeddingDim, inputSize: head.inputSize });
  }

  /** Stops the current question. */
  stop(): void {
    this.#question.stop();
  }

  #open(
    shards: string,
    files: readonly PickedFile[] | undefined,
    signal: AbortSignal,
    { report, warn }: Task,
  ): Promise<FaceSource> {
    return this.openSource(shards, files, {
      signal,
      onWarning: warn,
      ...indexingProgress(report),
    });
  }

  /** Answers a question with the backend; its signal also aborts if the backend is taken away. */
  #answerAlone<T>(
    claim: BackendClaim,
    question: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | null> {
    return this.#question.run((signal) =>
      this.tools.lease.hold(claim, (ended) => question(AbortSignal.any([signal, ended]))),
    );
  }
}

/** A file name from an address or a picked folder's name. */
const nameOf = (shards: string): string =>
  shards
    .replace(/^files:/, '')
    .replace(/\/+$/, '')
    .split('/')
    .at(-1)!
    .replace(/[^\w-]+/g, '-') || 'pictures';
