import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { FileStore } from '../../formats/bytes/file-store';
import { unpackPixels } from '../../engine/pixels/unpack-pixels';
import type { SampledPairs } from '../../evaluation/pairs';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import { CROP_SIZE } from '../../faces/face-record';
import type { FaceSource, SourceInfo } from '../../faces/face-source';
import type { PackedBatch } from '../../faces/decode/packed-batch';
import { StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import { encodeSmallBackbone, SMALL_INPUT } from '../../models/backbones/small-backbone';
import type { SmallNetwork } from '../../models/backbones/small-network';
import {
  badLesson,
  encodeLesson,
  readLessonHeader,
  restoreLesson,
  type LessonCursor,
  type LessonHeader,
} from './lesson-checkpoint';
import { lessonRate, type LessonConfig } from './lesson-config';
import {
  batchesOfEpoch,
  lessonBatches,
  readLessonData,
  type LessonBatch,
  type LessonData,
} from './lesson-data';
import {
  lessonNote,
  type LessonEvent,
  type LessonBaseline,
  type LessonResult,
  type LessonSet,
  type LessonStep,
} from './lesson-events';
import { LessonTrainer } from './lesson-trainer';
import { lessonPairs, verifyLesson } from './lesson-verification';
import { progressMeter } from '../../core/progress-meter';
import { Throttle } from '../../core/throttle';
import { yieldToMessages } from '../../core/yield-to-messages';
import { RunControl } from '../session/run-control';
import type { RunState } from '../session/run-events';
import { SkipReport } from '../session/skip-report';

/** Dependencies of a lesson: everything that differs between page, command line and tests. */
export interface LessonDependencies {
  readonly config: LessonConfig;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly store: FileStore;
  /** A pretrained backbone to evaluate on the same pairs as a baseline. The caller disposes it. */
  readonly baseline?: Backbone;
  readonly post: (event: LessonEvent) => void;
}

/** Name of the lesson's file in a {@link FileStore}. */
export const LESSON_FILE = 'lesson.safetensors';

/** Milliseconds between two posts of step figures. */
const POST_INTERVAL = 100;

/** The cursor of a new lesson. */
const START: LessonCursor = { step: 0, epoch: 0, batch: 0, loss: 0, accuracy: 0 };

/** Everything that the steps need, made once when the pictures have been read. */
interface PreparedLesson {
  readonly info: SourceInfo;
  readonly data: LessonData;
  readonly pairs: SampledPairs;
  readonly set: LessonSet;
  readonly trainer: LessonTrainer;
}

/**
 * Step 1 of the published recipe as a lesson: trains a small backbone from scratch with ArcFace or
 * CosFace, and evaluates it before the first epoch and after each one on held-out people. Depends
 * on neither a worker nor a page, and runs the same in Node.
 */
export class LessonSession {
  readonly control = new RunControl();
  readonly #deps: LessonDependencies;
  #cursor: LessonCursor = START;
  #results: LessonResult[] = [];
  #baseline: LessonBaseline | null = null;
  #saved: { readonly bytes: Uint8Array; readonly header: LessonHeader } | null = null;
  /** What happens to a saved lesson on other pictures: an error, or a new lesson. */
  #onOtherPictures: 'refused' | 'left' = 'refused';
  #prepared: PreparedLesson | null = null;
  #unposted: LessonStep[] = [];
  readonly #posts = new Throttle(POST_INTERVAL);
  #lastStepAt = 0;
  #epochSeconds = 0;
  readonly #skips = new SkipReport((event) => this.#deps.post(event));

  constructor(deps: LessonDependencies) {
    this.#deps = deps;
  }

  get config(): LessonConfig {
    return this.#deps.config;
  }

  get cursor(): LessonCursor {
    return this.#cursor;
  }

  /** The result before any training (epoch 0), and after each epoch done. */
  get results(): readonly LessonResult[] {
    return this.#results;
  }

  get baseline(): LessonBaseline | null {
    return this.#baseline;
  }

  /** null until the pictures have been read. */
  get set(): LessonSet | null {
    return this.#prepared?.set ?? null;
  }

  /**
   * Restores a saved lesson. Call it before {@link run}, which restores the arrays once the
   * pictures have been read and compared.
   * @param onOtherPictures if the saved lesson was trained on other pictures: `refused` fails the
   * run, `left` ignores the saved lesson and starts a new one
   * @throws StudioError `bad-checkpoint` for another file, or a lesson with other settings
   */
  restore(bytes: Uint8Array, onOtherPictures: 'refused' | 'left' = 'refused'): void {
    this.#onOtherPictures = onOtherPictures;
    const header = readLessonHeader(bytes);
    const differing = (Object.keys(this.config) as (keyof LessonConfig)[]).filter(
      (key) => header.config[key] !== this.config[key],
    );
    if (differing.length > 0) {
      const [found, expected] = [header.config, this.config].map((config) =>
        differing.map((key) => `${key} ${String(config[key])}`).join(', '),
      );
      throw badLesson(`It was begun with ${found}; ${expected} was asked for.`);
    }
    this.#saved = { bytes, header };
    this.#cursor = header.cursor;
    this.#results = [...header.results];
    this.#baseline = header.reference;
  }

  /**
   * Runs to the end of the last epoch, or until stopped, and posts its state.
   * @throws StudioError if the lesson fails; its last checkpoint stays
   */
  async run(): Promise<'finished' | 'stopped'> {
    const { config, post } = this.#deps;
    try {
      this.#postState('preparing');
      this.#prepared ??= await this.#prepare();
      const prepared = this.#prepared;
      if (this.#results.length === 0)
        await this.#evaluate(prepared, { epoch: 0, loss: null, accuracy: null, seconds: null });
      if (this.#deps.baseline && !this.#baseline)
        await this.#evaluateBaseline(prepared, this.#deps.baseline);
      this.#postState('running');
      while (this.#cursor.epoch < config.epochs) await this.#runEpoch(prepared);
      this.#postState('finished');
      return 'finished';
    } catch (thrown) {
      const { aborted, reason } = this.control.signal;
      if (aborted && reason instanceof DOMException && reason.name === 'AbortError') {
        if (this.#prepared && this.#cursor.step > 0) await this.#save(this.#prepared);
        this.#postState('stopped');
        return 'stopped';
      }
      this.#postState('failed');
      throw aborted ? reason : thrown;
    } finally {
      post({ type: 'progress', progress: null });
    }
  }

  /**
   * Exports the network in its present state as a file that `openSmallBackbone` reads, with config
   * and figures as metadata.
   * @throws Error before the pictures have been read
   */
  async exportBackbone(): Promise<Uint8Array> {
    if (!this.#prepared) throw new Error('There is no network before the pictures have been read.');
    const { trainer, set, info } = this.#prepared;
    return encodeSmallBackbone(trainer.network, {
      note: lessonNote(set),
      config: JSON.stringify(this.config),
      source: info.name,
      step: String(this.#cursor.step),
      figures: JSON.stringify({ set, results: this.#results, reference: this.#baseline }),
    });
  }

  /** Continues after a pause. */
  play(): void {
    if (!this.control.paused) return;
    this.#lastStepAt = 0;
    this.control.play();
    if (this.#prepared) this.#postState('running');
  }

  /** Frees every tensor of the lesson. */
  dispose(): void {
    this.#prepared?.trainer.dispose();
    this.#prepared = null;
  }

  async #prepare(): Promise<PreparedLesson> {
    const { config, post, source } = this.#deps;
    const info = await source.info();
    this.#skips.opened(info.leftOut);
    const data = await readLessonData({
      ...this.#deps,
      signal: this.control.signal,
      onProgress: progressMeter(
        'reading-features',
        'Reading and decoding every face once',
        info.images ?? null,
        'pictures',
        (progress) => post({ type: 'progress', progress }),
      ),
      onSkip: (item) => this.#skips.add(item),
      onRetry: (shard, attempt, reason) => post({ type: 'retrying', shard, attempt, reason }),
    }).finally(() => this.#skips.flush());
    if (this.#saved && this.#saved.header.fingerprint !== data.fingerprint)
      this.#ignoreSaved(info.name);
    const pairs = lessonPairs(data.heldOut, config.seed);
    const set: LessonSet = {
      trainingImages: data.training.length,
      trainingIdentities: data.classOf.size,
      heldOutImages: data.heldOut.length,
      heldOutIdentities: new Set(data.heldOut.map(({ label }) => label)).size,
      genuinePairs: pairs.genuine.length,
      impostorPairs: pairs.impostor.length,
    };
    const trainer = new LessonTrainer(config, data.classOf.size);
    try {
      if (this.#saved) restoreLesson(trainer, this.#saved.bytes, this.#saved.header);
    } catch (thrown) {
      trainer.dispose();
      throw thrown;
    }
    post({ type: 'progress', progress: null });
    post({ type: 'lesson-set', info, set });
    for (const result of this.#results) post({ type: 'lesson-result', result, scores: null });
    if (this.#baseline) post({ type: 'lesson-reference', reference: this.#baseline, scores: null });
    return { info, data, pairs, set, trainer };
  }

  /**
   * Ignores a saved lesson that was trained on other pictures.
   * @throws StudioError `bad-checkpoint` if that was to be refused
   */
  #ignoreSaved(source: string): void {
    const found = `begun on other pictures than ${source} gives`;
    if (this.#onOtherPictures === 'refused') throw badLesson(`It was ${found}.`);
    const text = `The saved lesson was ${found}; a new one begins.`;
    this.#deps.post({ type: 'notice', text });
    this.#saved = null;
    this.#cursor = START;
    this.#results = [];
    this.#baseline = null;
  }

  async #runEpoch(prepared: PreparedLesson): Promise<void> {
    const { checkpointEvery } = this.config;
    this.#lastStepAt = 0;
    for (const batch of lessonBatches(
      prepared.data,
      this.config,
      this.#cursor.epoch,
      this.#cursor.batch,
    )) {
      await this.control.gate(() => {
        this.#lastStepAt = 0;
        this.#postState('paused');
      });
      await this.#step(prepared, batch);
      if (this.#cursor.step % checkpointEvery === 0) await this.#save(prepared);
    }
    const { step, epoch, batch, loss, accuracy } = this.#cursor;
    // Before the cursor moves on, so that a lesson stopped here is evaluated when it is resumed.
    await this.#evaluate(prepared, {
      epoch: epoch + 1,
      loss: loss / batch,
      accuracy: accuracy / batch,
      seconds: this.#epochSeconds,
    });
    this.#cursor = { step, epoch: epoch + 1, batch: 0, loss: 0, accuracy: 0 };
    this.#epochSeconds = 0;
    await this.#save(prepared);
  }

  async #step({ data, trainer }: PreparedLesson, batch: LessonBatch): Promise<void> {
    const { step, epoch } = this.#cursor;
    const steps = this.config.epochs * batchesOfEpoch(data, this.config);
    const learningRate = lessonRate(this.config, step, steps);
    const startedAt = this.#lastStepAt || performance.now();
    // Not interrupted by a stop: weights and cursor must change together. A stop takes effect
    // before the next step.
    const figures = await trainer.step(batch, learningRate);
    const now = performance.now();
    this.#lastStepAt = now;
    this.#epochSeconds += (now - startedAt) / 1000;
    const sums = {
      loss: this.#cursor.loss + figures.loss,
      accuracy: this.#cursor.accuracy + figures.accuracy,
    };
    this.#cursor = { step: step + 1, epoch, batch: this.#cursor.batch + 1, ...sums };
    const imagesPerSecond = batch.classes.length / Math.max(1e-3, (now - startedAt) / 1000);
    this.#unposted.push({
      step: step + 1,
      steps,
      epoch: epoch + 1,
      ...figures,
      learningRate,
      imagesPerSecond,
    });
    if (!this.#posts.isDue && !this.control.paused) return;
    this.#flush();
    await yieldToMessages();
  }

  /** Evaluates the network on the held-out pairs, and posts the result. */
  async #evaluate(
    prepared: PreparedLesson,
    training: Pick<LessonResult, 'epoch' | 'loss' | 'accuracy' | 'seconds'>,
  ): Promise<void> {
    this.#flush();
    const label =
      training.epoch === 0
        ? 'Comparing people held out, before any training'
        : `Comparing people held out, after epoch ${training.epoch}`;
    const { figures, scores } = await this.#verify(prepared, label, (batch) =>
      embeddingOf(prepared.trainer.network, batch),
    );
    const result: LessonResult = { ...training, step: this.#cursor.step, ...figures };
    this.#results.push(result);
    this.#deps.post({ type: 'lesson-result', result, scores });
  }

  async #evaluateBaseline(prepared: PreparedLesson, backbone: Backbone): Promise<void> {
    const { figures, scores } = await this.#verify(
      prepared,
      `Comparing people held out, by ${backbone.name}`,
      (batch) => tf.tidy(() => backbone.run(batch).embedding),
    );
    this.#baseline = { name: backbone.name, ...figures };
    this.#deps.post({ type: 'lesson-reference', reference: this.#baseline, scores });
  }

  #verify(
    { data, pairs }: PreparedLesson,
    label: string,
    embed: (batch: PackedBatch) => Tensor2D,
  ): ReturnType<typeof verifyLesson> {
    const { post } = this.#deps;
    const onProgress = progressMeter(
      'scoring',
      label,
      data.heldOut.length,
      'pictures',
      (progress) => post({ type: 'progress', progress }),
    );
    return verifyLesson(data.heldOut, pairs, {
      embed,
      signal: this.control.signal,
      onProgress,
    }).finally(() => post({ type: 'progress', progress: null }));
  }

  /** Saves the lesson. If the store is full or denied, that is posted and the lesson continues. */
  async #save({ data, trainer }: PreparedLesson): Promise<void> {
    const { config, post, store } = this.#deps;
    const savedAt = Date.now();
    const { step, epoch } = this.#cursor;
    const header = {
      config,
      cursor: this.#cursor,
      fingerprint: data.fingerprint,
      results: this.#results,
      reference: this.#baseline,
      savedAt,
    };
    try {
      await store.write(LESSON_FILE, await encodeLesson(trainer, header));
      post({ type: 'lesson-saved', step, epoch, savedAt });
    } catch (thrown) {
      if (!(thrown instanceof StudioError)) throw thrown;
      post({ type: 'error', scope: 'run', error: thrown.toRecord() });
    }
  }

  #flush(): void {
    if (this.#unposted.length > 0)
      this.#deps.post({ type: 'lesson-steps', metrics: this.#unposted });
    this.#unposted = [];
    this.#posts.restart();
  }

  #postState(state: RunState): void {
    this.#flush();
    this.#deps.post({ type: 'lesson-state', state, config: this.config });
  }
}

function embeddingOf(network: SmallNetwork, batch: PackedBatch): Tensor2D {
  return tf.tidy(
    () =>
      network.forward(unpackPixels({ ...batch, side: CROP_SIZE }, SMALL_INPUT), false).embedding,
  );
}
