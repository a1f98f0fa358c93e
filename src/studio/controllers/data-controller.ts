import { isReplaced, LatestTask } from '../../core/latest-task';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import type { FaceRecord, RgbImage } from '../../faces/face-record';
import type { FaceSource } from '../../faces/face-source';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import { type OpenContext, indexingProgress } from '../../faces/sources/open-context';
import { SourceSurvey } from '../../faces/survey/source-survey';
import { messageOf } from '../../core/studio-error';
import { AlignedSource } from '../../inference/align/aligned-source';
import type { AlignmentSample } from '../../inference/align/alignment';
import { alignmentOfRecords } from '../../inference/align/alignment-sample';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import { progressMeter, type Progress } from '../../core/progress-meter';
import type { FaceKind } from '../../models/heads/ready-head-list';
import { yieldToMessages } from '../../core/yield-to-messages';
import { adaptToSize } from '../../training/config/adapt-to-size';
import { measureThroughput, planOf, type ThroughputOptions } from '../../training/session/run-plan';
import type { RunConfig } from '../../training/config/run-config';
import type { BackendClaim, BackendLease } from '../backend-lease';
import { sampleFaces } from '../runtime/face-samples';
import type { WorkerEvent } from '../protocol';
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
  opening: OpenContext,
) => Promise<FaceSource>;

/** What looking for faces takes. */
export interface DataTools {
  readonly networks: () => Promise<PhotoNetworks>;
  /** Decodes a whole picture. @throws StudioError `bad-image` */
  readonly decode: (encoded: Uint8Array) => Promise<RgbImage>;
  /** Encodes a crop of 112 × 112 × 3 RGB bytes. */
  readonly encode: (crop: Uint8Array) => Promise<Uint8Array>;
  readonly lease: BackendLease;
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
 * takes. One at a time: a new question replaces the one before.
 */
export class DataController {
  readonly #samples = new Map<string, FaceRecord>();
  #faces: FaceKind = 'photographs';
  readonly #question = new LatestTask();

  constructor(
    readonly post: (event: WorkerEvent) => void,
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

  /** Posts what a source is, and its first `count` pictures. No shard is fetched if that is 0. */
  async look(
    shards: string,
    files: readonly PickedFile[] | undefined,
    count: number,
  ): Promise<void> {
    await this.#answer(async (signal) => {
      const source = await this.#open(shards, files, signal);
      const info = await source.info();
      const samples = await sampleFaces(
        source.open({ seed: 0, epoch: 0, shuffleBuffer: 0, signal }),
        count,
      );
      signal.throwIfAborted();
      this.#samples.clear();
      this.#faces = info.isDrawn ? 'drawn' : 'photographs';
      for (const record of samples) this.#samples.set(record.key, record);
      this.post({
        type: 'source-look',
        look: {
          shards,
          info,
          samples: samples.map(({ key, label, encoded }) => ({ key, label, encoded })),
        },
      });
      if (samples.length > 0) await this.#lookAligned(shards, samples, signal);
    });
  }

  /** Posts whether samples are aligned. They are on show already: this may take its time. */
  async #lookAligned(
    shards: string,
    samples: readonly FaceRecord[],
    signal: AbortSignal,
  ): Promise<void> {
    const { networks, decode, lease } = this.tools;
    // A look may not slow these down.
    const isBusy = () => lease.isFor('run', 'lesson');
    if (isBusy()) return;
    const isStopped = async () => {
      await yieldToMessages();
      return signal.aborted || isBusy();
    };
    const look = async () =>
      alignmentOfRecords(samples, { decode, networks: await networks(), isStopped });
    const alignment = await look().then(
      (sample) => ({ shards, sample, problem: null }),
      (thrown: unknown) => ({ shards, sample: null, problem: messageOf(thrown) }),
    );
    if (await isStopped()) return;
    this.post({ type: 'alignment', alignment });
  }

  /**
   * Writes aligned crops of a source's faces into a tar, and posts it.
   * @throws StudioError `bad-config` if a run or a lesson is on, or begins
   */
  async align(
    shards: string,
    files: readonly PickedFile[] | undefined,
    mode: AlignmentSample['remedy'],
  ): Promise<void> {
    await this.#answerAlone({ use: 'aligning', what: 'aligning the pictures' }, async (signal) => {
      const source = await this.#open(shards, files, signal);
      const { images } = await source.info();
      const progress = progressMeter(
        'aligning',
        'Finding and aligning faces',
        images ?? null,
        'pictures',
        (state) => this.#notify(state),
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
      this.post({ type: 'aligned', aligned: { shards, name: `${name}.tar`, ...tar } });
    });
  }

  /** Reads every record once and posts the counts; if it is stopped, the counts so far. */
  async survey(shards: string, files: readonly PickedFile[] | undefined): Promise<void> {
    await this.#answer(async (signal) => {
      const source = await this.#open(shards, files, signal);
      const { images, leftOut } = await source.info();
      const progress = progressMeter(
        'surveying',
        'Counting pictures and people',
        images ?? null,
        'pictures',
        (state) => this.#notify(state),
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
      // The page waits for the answer to the newer question.
      if (isReplaced(signal)) return;
      const { notes = [] } = await source.info();
      this.post({ type: 'survey', shards, survey: survey.result(), complete, notes });
    });
  }

  /**
   * Does for ten seconds what a run would do, and posts how long the run would take.
   * @param tools asked for once the backend is free; disposed at the end
   * @throws StudioError `bad-config` if a run, a lesson or an evaluation is on, or a run begins
   */
  async plan(
    asked: RunConfig,
    files: readonly PickedFile[] | undefined,
    tools: () => MeasuringTools,
  ): Promise<void> {
    await this.#answerAlone({ use: 'estimate', what: 'a measurement' }, async (signal) => {
      const { dispose, ...measured } = tools();
      try {
        await this.#measure(asked, files, measured, signal);
      } finally {
        dispose();
      }
    });
  }

  async #measure(
    asked: RunConfig,
    files: readonly PickedFile[] | undefined,
    tools: Omit<MeasuringTools, 'dispose'>,
    signal: AbortSignal,
  ): Promise<void> {
    const source = await this.#open(asked.shards, files, signal);
    const info = await source.info();
    const config = adaptToSize(asked, info);
    const progress = progressMeter(
      'measuring',
      'Reading, decoding and embedding',
      MEASURED_SECONDS,
      'seconds',
      (state) => this.#notify(state),
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
    this.post({
      type: 'plan',
      plan: planOf(config, info, throughput, tools.backbone, await this.freeBytes()),
    });
  }

  /** Stops the current question. */
  stop(): void {
    this.#question.stop();
  }

  #open(
    shards: string,
    files: readonly PickedFile[] | undefined,
    signal: AbortSignal,
  ): Promise<FaceSource> {
    return this.openSource(shards, files, {
      signal,
      ...indexingProgress((progress) => this.#notify(progress)),
    });
  }

  #notify(progress: Progress): void {
    this.post({ type: 'data-progress', progress });
  }

  async #answer(question: (signal: AbortSignal) => Promise<void>): Promise<void> {
    await this.#question.run(question, () => this.post({ type: 'data-progress', progress: null }));
  }

  /** As {@link #answer}, with the backend: its signal also aborts if the backend is taken away. */
  async #answerAlone(
    claim: BackendClaim,
    question: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    await this.#answer((signal) =>
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
