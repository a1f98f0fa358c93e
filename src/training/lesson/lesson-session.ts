import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
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
  type LessonReference,
  type LessonResult,
  type LessonSet,
  type LessonStep,
} from './lesson-events';
import { LessonTrainer } from './lesson-trainer';
import { lessonPairs, verifyLesson } from './lesson-verification';
import { progressMeter } from '../../core/progress-meter';
import { yieldToMessages } from '../../core/yield-to-messages';
import { RunControl } from '../session/run-control';
import type { RunState } from '../session/run-events';
import type { RunStore } from '../checkpoint/run-store';
import { SkipReport } from '../session/skip-report';

/**
 * What a lesson is made of; everything that differs between page, command line and test comes in
 * here.
 */
export interface LessonDependencies {
  readonly config: LessonConfig;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly store: RunStore;
  /**
   * A backbone from elsewhere, judged on the same pairs so that the lesson can be honest; stays the
   * caller's.
   */
  readonly reference?: Backbone;
  readonly post: (event: LessonEvent) => void;
}

/** The lesson's file in a {@link RunStore}. */
export const LESSON_FILE = 'lesson.safetensors';

/** Milliseconds between two posts of step figures. */
const POST_INTERVAL = 100;

/** Where a lesson stands that has done nothing. */
const beginning: LessonCursor = { step: 0, epoch: 0, batch: 0, loss: 0, accuracy: 0 };

/** What the first step needs: made once, when the pictures have been read. */
interface PreparedLesson {
  readonly info: SourceInfo;
  readonly data: LessonData;
  readonly pairs: SampledPairs;
  readonly set: LessonSet;
  readonly trainer: LessonTrainer;
}

/**
 * Step 1 of the published recipe as a lesson: a small backbone from scratch, by ArcFace or CosFace,
 * judged before the first epoch and after each on people that it never sees. A plain object: it
 * knows neither worker nor page, and runs the same in Node.
 */
export class LessonSession {
  readonly control = new RunControl();
  readonly #deps: LessonDependencies;
  #cursor: LessonCursor = beginning;
  #results: LessonResult[] = [];
  #reference: LessonReference | null = null;
  #saved: { readonly bytes: Uint8Array; readonly header: LessonHeader } | null = null;
  /** What becomes of a saved lesson of other pictures. */
  #ofOthers: 'refused' | 'left' = 'refused';
  #prepared: PreparedLesson | null = null;
  #unposted: LessonStep[] = [];
  #lastPost = 0;
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

  /** Of epoch 0, before any training, and of each epoch done. */
  get results(): readonly LessonResult[] {
    return this.#results;
  }

  get reference(): LessonReference | null {
    return this.#reference;
  }

  /** null until the pictures have been read. */
  get set(): LessonSet | null {
    return this.#prepared?.set ?? null;
  }

  /**
   * Takes up a saved lesson, before {@link run}: its arrays go in when the pictures have been read
   * and found the same.
   * @param ofOthers whether one of other pictures ends the run, or is left, and this begins anew
   * @throws StudioError `bad-checkpoint` for another file, or a lesson of other settings
   */
  restore(bytes: Uint8Array, ofOthers: 'refused' | 'left' = 'refused'): void {
    this.#ofOthers = ofOthers;
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
    this.#reference = header.reference;
  }

  /**
   * Runs to the end of the last epoch, or until stopped. Posts its state; resolves either way.
   * @throws StudioError for what ends a lesson: its last checkpoint stays
   */
  async run(): Promise<'finished' | 'stopped'> {
    const { config, post } = this.#deps;
    try {
      this.#say('preparing');
      const prepared = (this.#prepared ??= await this.#prepare());
      if (this.#results.length === 0)
        await this.#judge(prepared, { epoch: 0, loss: null, accuracy: null, seconds: null });
      if (this.#deps.reference && !this.#reference)
        await this.#judgeReference(prepared, this.#deps.reference);
      this.#say('running');
      while (this.#cursor.epoch < config.epochs) await this.#runEpoch(prepared);
      this.#say('finished');
      return 'finished';
    } catch (thrown) {
      const { aborted, reason } = this.control.signal;
      if (aborted && reason instanceof DOMException && reason.name === 'AbortError') {
        if (this.#prepared && this.#cursor.step > 0) await this.#save(this.#prepared);
        this.#say('stopped');
        return 'stopped';
      }
      this.#say('failed');
      throw aborted ? reason : thrown;
    } finally {
      post({ type: 'progress', progress: null });
    }
  }

  /**
   * The network as it is, as a file that `openSmallBackbone` reads, with what made it as metadata.
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
      figures: JSON.stringify({ set, results: this.#results, reference: this.#reference }),
    });
  }

  /** Goes on after a pause. */
  play(): void {
    if (!this.control.paused) return;
    this.#lastStepAt = 0;
    this.control.play();
    if (this.#prepared) this.#say('running');
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
      onSkip: (item) => this.#skips.take(item),
      onRetry: (shard, attempt, reason) => post({ type: 'retrying', shard, attempt, reason }),
    }).finally(() => this.#skips.flush());
    if (this.#saved && this.#saved.header.fingerprint !== data.fingerprint) this.#leave(info.name);
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
    if (this.#reference)
      post({ type: 'lesson-reference', reference: this.#reference, scores: null });
    return { info, data, pairs, set, trainer };
  }

  /**
   * Begins anew, where the lesson that was saved was of other pictures.
   * @throws StudioError `bad-checkpoint` where that isn't wanted
   */
  #leave(source: string): void {
    const found = `begun on other pictures than ${source} gives`;
    if (this.#ofOthers === 'refused') throw badLesson(`It was ${found}.`);
    const text = `The lesson that was saved was ${found}; this one begins anew.`;
    this.#deps.post({ type: 'notice', text });
    [this.#saved, this.#cursor, this.#results, this.#reference] = [null, beginning, [], null];
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
        this.#say('paused');
      });
      await this.#step(prepared, batch);
      if (this.#cursor.step % checkpointEvery === 0) await this.#save(prepared);
    }
    const { step, epoch, batch, loss, accuracy } = this.#cursor;
    // Before the place moves on: a lesson that is stopped here is judged when it is taken up again.
    await this.#judge(prepared, {
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
    // Stopped or not, the weights have moved, and the place with them: a stop is met before the
    // next step.
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
    if (now - this.#lastPost < POST_INTERVAL && !this.control.paused) return;
    this.#flush();
    await yieldToMessages();
  }
  /** Judges the network by the held-out pairs, and tells. */
  async #judge(
    prepared: PreparedLesson,
    about: Pick<LessonResult, 'epoch' | 'loss' | 'accuracy' | 'seconds'>,
  ): Promise<void> {
    this.#flush();
    const label =
      about.epoch === 0
        ? 'Comparing people held out, before any training'
        : `Comparing people held out, after epoch ${about.epoch}`;
    const { figures, scores } = await this.#verify(prepared, label, (batch) =>
      embeddingOf(prepared.trainer.network, batch),
    );
    const result: LessonResult = { ...about, step: this.#cursor.step, ...figures };
    this.#results.push(result);
    this.#deps.post({ type: 'lesson-result', result, scores });
  }

  async #judgeReference(prepared: PreparedLesson, backbone: Backbone): Promise<void> {
    const { figures, scores } = await this.#verify(
      prepared,
      `Comparing people held out, by ${backbone.name}`,
      (batch) => tf.tidy(() => backbone.run(batch).embedding),
    );
    this.#reference = { name: backbone.name, ...figures };
    this.#deps.post({ type: 'lesson-reference', reference: this.#reference, scores });
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

  /**
   * A store that is full or denied is said aloud, and the lesson goes on with what was saved
   * before.
   */
  async #save({ data, trainer }: PreparedLesson): Promise<void> {
    const { config, post, store } = this.#deps;
    const savedAt = Date.now();
    const { step, epoch } = this.#cursor;
    const header = {
      config,
      cursor: this.#cursor,
      fingerprint: data.fingerprint,
      results: this.#results,
      reference: this.#reference,
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
    this.#lastPost = performance.now();
  }

  #say(state: RunState): void {
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
