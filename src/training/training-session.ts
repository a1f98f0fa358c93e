import * as tf from '@tensorflow/tfjs-core';
import { quantile } from '../evaluation/distribution';
import type { CropDecoder } from '../faces/crop-decoder';
import type { FaceSource, SkippedItem } from '../faces/face-source';
import { hashString } from '../formats/seeded-random';
import { StudioError } from '../formats/studio-error';
import type { Backbone } from '../models/backbone';
import { INITIAL_LOG_KAPPA } from '../models/heads/confidence-head';
import { createHead } from '../models/heads/create-head';
import { encodeCheckpoint, encodeHead, readCheckpointHeader, restoreTrainer, type RunCursor } from './checkpoint';
import { decodeFirstPass, encodeFirstPass, firstPassKey } from './feature-file';
import { firstPass, type FirstPass } from './feature-pass';
import { batchesFromSource, batchesFromStore, type EpochBatch } from './head-batches';
import { HeadTrainer, type StepFigures } from './head-trainer';
import { RunControl, yieldToMessages } from './run-control';
import type { RunConfig } from './run-config';
import type { RunStore } from './run-store';
import type { Progress, SessionEvent, StepMetrics, ValidationResult } from './run-events';
import { initialSchedule, nextSchedule, type ScheduleState } from './schedule';
import { pairDistributions, validate } from './validation';

/** What a session is made of; everything that differs between page, command line and test comes in here. */
export interface SessionDependencies {
  readonly config: RunConfig;
  readonly backbone: Backbone;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly store: RunStore;
  readonly post: (event: SessionEvent) => void;
  /** The largest single array that the backend can bind, in bytes. */
  readonly maxBlockBytes: number;
  /** Bytes that the backend holds at the moment. */
  readonly bytesAllocated: () => number;
}

/** File names in a {@link RunStore}. */
export const CHECKPOINT_FILE = 'run.safetensors';
export const FEATURES_FILE = 'features.safetensors';

/** Milliseconds that a failed step waits for the reason of its failure. */
const REASON_WAIT = 1000;

/** Milliseconds between two posts of step figures. */
const POST_INTERVAL = 100;

/**
 * One training run, from the first pass over its pictures to the last checkpoint. A plain object: it knows neither
 * worker nor page, and runs the same in Node.
 */
export class TrainingSession {
  readonly control = new RunControl();
  readonly trainer: HeadTrainer;
  readonly #deps: SessionDependencies;
  #cursor: RunCursor = { step: 0, epoch: 0, batch: 0, recordsRead: 0 };
  #schedule: ScheduleState;
  #pass: FirstPass | null = null;
  #validation: ValidationResult | null = null;
  #unposted: StepMetrics[] = [];
  #lastPost = 0;
  #skippedTotal = 0;

  constructor(deps: SessionDependencies) {
    this.#deps = deps;
    const { config, backbone } = deps;
    const convfDim = backbone.convShape.reduce((product, side) => product * side, 1);
    if (config.zDim !== backbone.embeddingDim || config.convfDim !== convfDim) {
      throw new StudioError(
        'bad-config',
        `The run asks for z_dim ${config.zDim} and convf_dim ${config.convfDim}; the backbone "${backbone.name}" gives ${backbone.embeddingDim} and ${convfDim}.`,
        'Set both to what the backbone gives.',
      );
    }
    this.#schedule = initialSchedule(config);
    const initialLogKappa = config.objective === 'exact' || config.head === 'compact' ? INITIAL_LOG_KAPPA : null;
    const shape = { convShape: backbone.convShape, embeddingDim: backbone.embeddingDim, initialLogKappa };
    this.trainer = new HeadTrainer(createHead(config.head, shape, config.seed, deps.maxBlockBytes), {
      dimension: config.zDim,
      radius: config.radius,
      mode: config.objective,
    });
  }

  get config(): RunConfig {
    return this.#deps.config;
  }

  get cursor(): RunCursor {
    return this.#cursor;
  }

  get validation(): ValidationResult | null {
    return this.#validation;
  }

  /**
   * Takes up a saved run: weights, moments, schedule and place in the data.
   * @throws StudioError `bad-checkpoint`
   */
  restore(bytes: Uint8Array): void {
    const header = readCheckpointHeader(bytes);
    if (header.backboneHash !== this.#deps.backbone.hash) {
      throw new StudioError('bad-checkpoint', 'This run was trained on another backbone.', 'Load the backbone that it was trained on, or start anew.');
    }
    restoreTrainer(this.trainer, bytes, header);
    this.#cursor = header.cursor;
    this.#schedule = header.schedule;
  }

  /**
   * Runs to the end of the last epoch, or until stopped. Posts its state; resolves either way.
   * @throws StudioError for what ends a run: its last checkpoint stays
   */
  async run(): Promise<'finished' | 'stopped'> {
    const { config, post } = this.#deps;
    try {
      post({ type: 'run-state', state: 'preparing', config });
      this.#pass ??= await this.#prepare();
      this.#say('running');
      if (this.#cursor.epoch >= config.epochs) await this.#validate();
      while (this.#cursor.epoch < config.epochs) await this.#runEpoch();
      this.#say('finished');
      return 'finished';
    } catch (thrown) {
      // A dying device rejects its readbacks before it says that it is lost.
      if (!(thrown instanceof StudioError)) await this.control.stopped(REASON_WAIT);
      const { aborted, reason } = this.control.signal;
      if (aborted && reason instanceof DOMException && reason.name === 'AbortError') {
        if (this.#cursor.step > 0) await this.#save();
        this.#say('stopped');
        return 'stopped';
      }
      this.#say('failed');
      throw aborted ? reason : thrown;
    } finally {
      post({ type: 'progress', progress: null });
    }
  }

  /** The trained head as a safetensors file, with what made it as metadata. */
  exportHead(): Promise<Uint8Array> {
    const { config, backbone } = this.#deps;
    const metadata: Record<string, string> = {
      config: JSON.stringify(config),
      backbone: backbone.name,
      backboneHash: backbone.hash,
      step: String(this.#cursor.step),
    };
    if (this.#validation) {
      const { loss, spearman, images, identities } = this.#validation;
      metadata.validation = JSON.stringify({ loss, spearman, images, identities });
    }
    return encodeHead(this.trainer, metadata);
  }

  /** Frees every tensor of the run. */
  dispose(): void {
    this.trainer.dispose();
  }

  async #prepare(): Promise<FirstPass> {
    const { config, source, store, backbone, post } = this.#deps;
    const info = await source.info();
    const key = firstPassKey(config, backbone.hash, info.name);
    // A store that can't be read keeps nothing; the write after the pass says so.
    const kept = await store.read(FEATURES_FILE).catch(() => null);
    let pass = kept && decodeFirstPass(kept, key);
    if (!pass) {
      const total = info.images === undefined ? null : info.images * (config.features === 'reuse' ? config.copies : 1);
      const progress = progressOf('reading-features', 'Embedding every picture once: class centres and features', total, 'pictures', post);
      pass = await firstPass({
        ...this.#deps,
        head: this.trainer.head,
        expectedIdentities: info.identities,
        signal: this.control.signal,
        onProgress: progress,
        onSkip: (item) => this.#skip(item),
        onRetry: (shard, attempt, reason) => post({ type: 'retrying', shard, attempt, reason }),
      });
      if (pass.complete && pass.trainingImages > 0) await this.#keep(FEATURES_FILE, encodeFirstPass(pass, key));
    }
    post({ type: 'progress', progress: null });
    post({ type: 'source', info, trainingImages: pass.trainingImages, validationImages: pass.validation.count });
    const needed = config.dropLast ? config.batchSize : 1;
    if (pass.trainingImages < needed || pass.validation.count === 0) {
      throw new StudioError(
        'bad-source',
        `The source gave ${pass.trainingImages} training and ${pass.validation.count} validation pictures; at least ${needed} and 1 are needed.`,
        'Point the studio at more pictures, or lower the batch size or the share held out.',
      );
    }
    return pass;
  }

  async #runEpoch(): Promise<void> {
    const { config } = this.#deps;
    for await (const batch of this.#batches()) {
      try {
        await this.control.gate(() => {
          this.#flush();
          this.#say('paused');
        });
        if (this.control.paused) this.#flush();
        await this.#step(batch);
      } finally {
        tf.dispose([batch.input, batch.cosTheta, batch.mask]);
      }
      if (this.#cursor.step % config.checkpointEvery === 0) await this.#save();
    }
    this.#cursor = { step: this.#cursor.step, epoch: this.#cursor.epoch + 1, batch: 0, recordsRead: 0 };
    const result = await this.#validate();
    this.#schedule = nextSchedule(this.#schedule, config, this.#cursor.epoch, result.loss);
    await this.#save();
  }

  #batches(): AsyncGenerator<EpochBatch> {
    const { config } = this.#deps;
    const { centres, training } = this.#pass!;
    const { epoch, batch, recordsRead } = this.#cursor;
    if (config.features === 'reuse') return batchesFromStore(training, centres, config, epoch, batch);
    const options = {
      ...this.#deps,
      head: this.trainer.head,
      centres,
      signal: this.control.signal,
      onSkip: (item: SkippedItem) => this.#skip(item),
      onRetry: (shard: string, attempt: number, reason: string) => this.#deps.post({ type: 'retrying', shard, attempt, reason }),
    };
    return batchesFromSource(options, config, epoch, recordsRead);
  }

  #lastStepAt = 0;

  async #step(batch: EpochBatch): Promise<void> {
    const { config } = this.#deps;
    const startedAt = this.#lastStepAt || performance.now();
    const figures = await this.trainer.step(batch, { ...config, learningRate: this.#schedule.learningRate });
    this.control.signal.throwIfAborted();
    const now = performance.now();
    this.#lastStepAt = this.control.paused ? 0 : now;
    this.#cursor = {
      step: this.#cursor.step + 1,
      epoch: this.#cursor.epoch,
      batch: this.#cursor.batch + 1,
      recordsRead: batch.recordsRead,
    };
    this.#unposted.push(this.#metrics(figures, batch.count / Math.max(1e-3, (now - startedAt) / 1000)));
    if (now - this.#lastPost >= POST_INTERVAL) {
      this.#flush();
      await yieldToMessages();
    }
  }

  #metrics(figures: StepFigures, imagesPerSecond: number): StepMetrics {
    const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      step: this.#cursor.step,
      epoch: this.#cursor.epoch + 1,
      loss: figures.loss,
      lossAlignment: figures.parts.alignment,
      lossNormalizer: figures.parts.normalizer,
      lossConstant: figures.parts.constant,
      kappaMean: mean(figures.kappa),
      kappaLow: quantile(figures.kappa, 0.05),
      kappaHigh: quantile(figures.kappa, 0.95),
      cosThetaMean: mean(figures.cosTheta),
      learningRate: this.#schedule.learningRate,
      imagesPerSecond,
      bytesAllocated: this.#deps.bytesAllocated(),
    };
  }

  async #validate(): Promise<ValidationResult> {
    const { config, post } = this.#deps;
    const { centres, validation } = this.#pass!;
    this.#flush();
    const at = { step: this.#cursor.step, epoch: this.#cursor.epoch };
    const result = (this.#validation = await validate(this.trainer, validation, centres, config, at));
    post({ type: 'validation', result });
    post({ type: 'distributions', distributions: pairDistributions(validation, result.kappa, config, at.step) });
    await yieldToMessages();
    return result;
  }

  async #save(): Promise<void> {
    const { config, backbone } = this.#deps;
    const savedAt = Date.now();
    const header = { config, cursor: this.#cursor, schedule: this.#schedule, backboneHash: backbone.hash, savedAt };
    const saved = await this.#keep(CHECKPOINT_FILE, await encodeCheckpoint(this.trainer, header));
    if (saved) this.#deps.post({ type: 'checkpoint-saved', step: this.#cursor.step, epoch: this.#cursor.epoch, savedAt });
  }

  /** Writes a file; a store that is full or denied is said aloud, and the run goes on with what was saved before. */
  async #keep(name: string, bytes: Uint8Array): Promise<boolean> {
    try {
      await this.#deps.store.write(name, bytes);
      return true;
    } catch (thrown) {
      const error = StudioError.record(thrown, 'storage-denied', 'Training goes on; free some space to have it saved.');
      this.#deps.post({ type: 'error', scope: 'run', error });
      return false;
    }
  }

  #skip(item: SkippedItem): void {
    this.#deps.post({ type: 'skipped', items: [item], total: ++this.#skippedTotal });
  }

  #flush(): void {
    if (this.#unposted.length > 0) this.#deps.post({ type: 'steps', metrics: this.#unposted });
    this.#unposted = [];
    this.#lastPost = performance.now();
  }

  #say(state: 'running' | 'paused' | 'stopped' | 'finished' | 'failed'): void {
    this.#flush();
    this.#deps.post({ type: 'run-state', state, config: this.config });
  }

  /** Goes on after a pause. */
  play(): void {
    if (!this.control.paused) return;
    this.#lastStepAt = 0;
    this.control.play();
    if (this.#pass) this.#say('running');
  }
}

/** A progress callback that posts at most ten times a second, with the rate since it began. */
export function progressOf(
  phase: Progress['phase'],
  label: string,
  total: number | null,
  unit: string,
  post: (event: SessionEvent) => void,
): (done: number) => void {
  const startedAt = performance.now();
  let postedAt = -Infinity;
  return (done) => {
    const now = performance.now();
    if (now - postedAt < POST_INTERVAL && done !== total) return;
    postedAt = now;
    post({ type: 'progress', progress: { phase, label, done, total, unit, perSecond: done / Math.max(1e-3, (now - startedAt) / 1000) } });
  };
}

/** A short name for a file made from a run: preset, seed and a hash of the whole config. */
export function runName(config: RunConfig): string {
  return `scf-${config.head}-${config.seed}-${hashString(JSON.stringify(config)).toString(36)}`;
}

