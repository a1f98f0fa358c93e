import { isReplaced, LatestTask } from '../../core/latest-task';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import type { FaceRecord } from '../../faces/face-record';
import type { FaceSource } from '../../faces/face-source';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import { type OpenContext, indexingProgress } from '../../faces/sources/open-context';
import { SourceSurvey } from '../../faces/survey/source-survey';
import { progressMeter, type Progress } from '../../core/progress-meter';
import type { FaceKind } from '../../models/heads/ready-head-list';
import { yieldToMessages } from '../../core/yield-to-messages';
import { adaptToSize } from '../../training/config/adapt-to-size';
import { measureThroughput, planOf, type ThroughputOptions } from '../../training/session/run-plan';
import { sampleFaces } from '../runtime/face-samples';
import type { WorkerEvent } from '../protocol';

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

/** The run to measure, without its source. */
export type MeasuredRun = Pick<ThroughputOptions, 'config' | 'backbone' | 'head'> & {
  readonly decoder: CropDecoder;
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

  /** Does for ten seconds what a run would do, and posts how long the run would take. */
  async plan(run: MeasuredRun, files: readonly PickedFile[] | undefined): Promise<void> {
    await this.#answer(async (signal) => {
      const source = await this.#open(run.config.shards, files, signal);
      const info = await source.info();
      const config = adaptToSize(run.config, info);
      const progress = progressMeter(
        'measuring',
        'Reading, decoding and embedding',
        MEASURED_SECONDS,
        'seconds',
        (state) => this.#notify(state),
      );
      progress(0);
      const throughput = await measureThroughput({
        ...run,
        config,
        source,
        signal,
        seconds: MEASURED_SECONDS,
        onProgress: progress,
      });
      this.post({
        type: 'plan',
        plan: planOf(config, info, throughput, run.backbone, await this.freeBytes()),
      });
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
}
