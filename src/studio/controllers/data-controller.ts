import type { CropDecoder } from '../../faces/decode/crop-decoder';
import type { FaceRecord } from '../../faces/face-record';
import type { FaceSource } from '../../faces/face-source';
import type { PickedFile } from '../../faces/sources/folder/local-file';
import { type OpenContext, indexingProgress } from '../../faces/sources/open-context';
import { SourceSurvey } from '../../faces/survey/source-survey';
import { progressMeter, type Progress } from '../../core/progress-meter';
import { yieldToMessages } from '../../core/yield-to-messages';
import { measureThroughput, planOf, type ThroughputOptions } from '../../training/session/run-plan';
import { sampleFaces } from '../runtime/face-samples';
import type { WorkerEvent } from '../protocol';

/**
 * Records between two turns of the message queue, so that a stop is heard while a survey reads from
 * memory.
 */
const RECORDS_A_TURN = 256;
const MEASURED_SECONDS = 10;

/** Opens what was typed or picked. */
export type OpenSource = (
  shards: string,
  files: readonly PickedFile[] | undefined,
  opening: OpenContext,
) => Promise<FaceSource>;

/** What a measurement needs besides the source. */
export type MeasuredRun = Pick<ThroughputOptions, 'config' | 'backbone' | 'head'> & {
  readonly decoder: CropDecoder;
};

/**
 * Questions about a source that come before a run: what it is, what it holds, how long it takes.
 * One at a time.
 */
export class DataController {
  readonly #samples = new Map<string, FaceRecord>();
  /** The question at work; another takes its place. */
  #asked = new AbortController();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly openSource: OpenSource,
    /** Bytes that can still be kept of features. */
    readonly freeBytes: () => Promise<number | null>,
  ) {}

  /** A picture of the last look. */
  sample(key: string): FaceRecord | undefined {
    return this.#samples.get(key);
  }

  /**
   * Posts what a source is and `count` pictures of its beginning; none of them is fetched where
   * that is 0.
   */
  async look(
    shards: string,
    files: readonly PickedFile[] | undefined,
    count: number,
  ): Promise<void> {
    await this.#answer(async (signal) => {
      const source = await this.#open(shards, files, signal);
      const info = await source.info();
      // A manifest can be looked at without a byte of the shards that it names.
      const samples = await sampleFaces(
        source.open({ seed: 0, epoch: 0, shuffleBuffer: 0, signal }),
        count,
      );
      signal.throwIfAborted();
      this.#samples.clear();
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

  /**
   * Reads every record once and posts what was counted; what was counted so far where it is
   * stopped.
   */
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
      let [read, complete] = [0, false];
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
          if (read % RECORDS_A_TURN === 0) await yieldToMessages();
          if (signal.aborted) break;
        }
        complete = !signal.aborted;
      } catch (thrown) {
        if (!signal.aborted) throw thrown;
      }
      // Another question took its place: its answer is awaited now.
      if (signal.reason === REPLACED) return;
      const { notes = [] } = await source.info();
      this.post({ type: 'survey', shards, survey: survey.result(), complete, notes });
    });
  }

  /** Measures for ten seconds what a run would do, and posts what it then takes. */
  async plan(run: MeasuredRun, files: readonly PickedFile[] | undefined): Promise<void> {
    await this.#answer(async (signal) => {
      const source = await this.#open(run.config.shards, files, signal);
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
        source,
        signal,
        seconds: MEASURED_SECONDS,
        onProgress: progress,
      });
      this.post({
        type: 'plan',
        plan: planOf(
          run.config,
          await source.info(),
          throughput,
          run.backbone,
          await this.freeBytes(),
        ),
      });
    });
  }

  /** Ends the question at work. */
  stop(): void {
    this.#asked.abort(STOPPED);
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

  /** Runs a question to its end, its stop or its replacement; whatever else ends it is thrown. */
  async #answer(question: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#asked.abort(REPLACED);
    const { signal } = (this.#asked = new AbortController());
    try {
      await question(signal);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    } finally {
      if (signal.reason !== REPLACED) this.post({ type: 'data-progress', progress: null });
    }
  }
}

const REPLACED = new DOMException('Another question took its place.', 'AbortError');
const STOPPED = new DOMException('It was stopped.', 'AbortError');
