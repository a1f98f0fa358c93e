import * as tf from '@tensorflow/tfjs-core';
import type { Calibration } from '../../confidence/confidence-method';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import type { FaceSource } from '../../faces/face-source';
import { StudioError } from '../../core/studio-error';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import type { TorchValue } from '../../formats/torch/torch-value';
import { type Backbone, BACKBONE_BATCH } from '../../models/backbones/backbone';
import type { ClassCentres } from '../../models/centres/class-centres';
import {
  encodeCheckpoint,
  encodeHead,
  readCheckpointHeader,
  restoreTrainer,
  type CheckpointHeader,
  type RunCursor,
} from '../checkpoint/checkpoint';
import { createTrainer } from './create-trainer';
import { colourNotice } from '../../inference/colour-order/known-faces';
import type { EpochBatch } from '../data/head-batches';
import type { HeadTrainer } from '../step/head-trainer';
import type { RecordStore } from '../data/features/record-store';
import { isFailedReadback } from './failed-readback';
import { requireBackbone, resumeRun, type RunPlace } from '../checkpoint/resume-run';
import { RunControl, yieldToMessages } from './run-control';
import type { RunConfig } from '../config/run-config';
import { openRunData, type RunData } from '../data/run-data';
import type { RunStore } from '../checkpoint/run-store';
import type { SessionEvent, ValidationResult, HeadCollapse } from './run-events';
import { CheckpointWriter } from '../checkpoint/checkpoint-writer';
import { exportScfCheckpoint } from '../checkpoint/scf-checkpoint';
import { requireSameData, requireSameRun } from '../checkpoint/same-run';
import { initialSchedule, nextSchedule, type ScheduleState } from '../config/schedule';
import { stepWhereNothing } from '../../faces/survey/nothing-used';
import { SkipReport } from './skip-report';
import { stepMetrics, type TakenStep } from '../step/step-metrics';
import { headFileMetadata } from '../checkpoint/head-file-metadata';
import { headMetadata, type HeadMetadata } from '../checkpoint/head-scores';
import { collapseOf, collapseOfDiverged } from './head-collapse';
import { fitToKept, fitToStream } from '../step/head-start';
import {
  concentrationsOfStore,
  pairDistributions,
  validate,
  validationFaces,
  type ValidationFaces,
} from './validation';
import { moreThanFew } from './too-few-pictures';

export { runName } from '../config/run-name';

/**
 * What a session is made of; everything that differs between page, command line and test comes in
 * here.
 */
export interface SessionDependencies {
  readonly config: RunConfig;
  readonly backbone: Backbone;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  /** Class centres made elsewhere, for `centres: file`. */
  readonly centres?: ClassCentres;
  readonly store: RunStore;
  /** Where features are kept between epochs and runs; without it, in memory. */
  readonly features?: RecordStore;
  /**
   * Pictures that go through the backbone at once; {@link BACKBONE_BATCH} where nothing is said.
   */
  readonly backboneBatch?: number;
  readonly post: (event: SessionEvent) => void;
  /** The largest single array that the backend can bind, in bytes. */
  readonly maxBlockBytes: number;
  /** Bytes that the backend holds at the moment. */
  readonly bytesAllocated: () => number;
}

/**
 * Milliseconds that a failed step waits for the reason of its failure; and a failed readback,
 * behind which is nearly always a device that is still to say that it is lost.
 */
const [REASON_WAIT, LOSS_WAIT] = [1000, 30_000];

/**
 * Milliseconds between two readings of step figures, and their posts; and steps that are read at
 * once, at most.
 */
const COLLECT_INTERVAL = 100;
const MAX_TAKEN = 256;
/** Share of its first learning rate below which a run no longer moves its loss. */
const SPENT_RATE = 0.01;

/**
 * One training run, from the first pass over its pictures to the last checkpoint. A plain object:
 * it knows neither worker nor page, and runs the same in Node.
 */
export class TrainingSession {
  readonly control = new RunControl();
  readonly trainer: HeadTrainer;
  readonly #deps: SessionDependencies;
  #cursor: RunCursor = { step: 0, epoch: 0, batch: 0, recordsRead: 0 };
  #schedule: ScheduleState;
  /**
   * What the file says that this run goes on from; null where it says nothing, and for a run that
   * begins.
   */
  #saved: CheckpointHeader | null = null;
  /** Of the pictures; null until it has been asked for. */
  #fingerprint: string | null = null;
  #asked: Promise<string> | null = null;
  #data: RunData | null = null;
  #isPrepared = false;
  /** Whether the head may still be fitted to the pictures of a stream. */
  #isFitting = true;
  #validation: ValidationResult | null = null;
  /** The first since the session began: what a loss that never moves is known by. */
  #firstLoss: Pick<ValidationResult, 'loss' | 'step'> | null = null;
  #collapse: HeadCollapse | null = null;
  /** What the last validation saw. */
  #validationFaces: ValidationFaces | null = null;
  /** Steps whose figures are still to be read. */
  #taken: TakenStep[] = [];
  #lastCollect = 0;
  readonly #skips = new SkipReport((event) => this.#deps.post(event));
  readonly #writer: CheckpointWriter;

  constructor(deps: SessionDependencies) {
    this.#deps = deps;
    this.#schedule = initialSchedule(deps.config);
    this.#writer = new CheckpointWriter(
      deps.store,
      deps.post,
      () => this.control.signal.reason instanceof StudioError,
    );
    this.trainer = createTrainer(deps.config, deps.backbone, deps.maxBlockBytes);
  }

  get config(): RunConfig {
    return this.#deps.config;
  }

  get cursor(): RunCursor {
    return this.#cursor;
  }

  /** Whether it has come, or had come before it ended, to what it trains on. */
  get isPrepared(): boolean {
    return this.#isPrepared;
  }

  get validation(): ValidationResult | null {
    return this.#validation;
  }

  /** How the head failed to learn, as last validated or by diverging; null where it didn't. */
  get collapse(): HeadCollapse | null {
    return this.#collapse;
  }

  /**
   * Takes up a saved run: weights, moments, schedule and place in the data.
   * @throws StudioError `bad-checkpoint`, for a run of other settings too
   */
  restore(bytes: Uint8Array): void {
    const header = readCheckpointHeader(bytes);
    requireBackbone(header, this.#deps.backbone);
    requireSameRun(header, this.config);
    restoreTrainer(this.trainer, bytes, header);
    this.#takeUp({ cursor: header.cursor, schedule: header.schedule, saved: header });
  }

  /**
   * Compares the pictures with those that the run taken up was trained on, where its file says.
   * Where the network withholds what they are known by, {@link run} compares by what they were
   * known by last.
   * @throws StudioError `bad-checkpoint` for others; what the source throws
   */
  async requireSameData(): Promise<void> {
    // A file that doesn't say is compared by where its pictures lie.
    if (this.#saved?.dataFingerprint == null) return;
    try {
      this.#requireSame(await this.#fingerprintOfSource());
    } catch (thrown) {
      if (!(thrown instanceof StudioError) || thrown.code !== 'network') throw thrown;
      this.#asked = null;
    }
  }

  #fingerprintOfSource(): Promise<string> {
    return (this.#asked ??= this.#deps.source.fingerprint(this.control.signal));
  }

  #requireSame(fingerprint: string): void {
    if (this.#saved) requireSameData(this.#saved, fingerprint, this.config.shards);
    this.#fingerprint = fingerprint;
  }

  /**
   * The checkpoint that this run left last, wherever it lies; null before the first. @throws
   * StudioError from the store
   */
  lastCheckpoint(): Promise<Uint8Array | null> {
    return this.#writer.lastCheckpoint();
  }

  /**
   * Takes up a run from a file, as {@link resumeRun} does. @throws StudioError `bad-checkpoint`;
   * the run is then as it was
   */
  async restoreFrom(file: TensorFile): Promise<void> {
    this.#takeUp(await resumeRun(file, this.trainer, this.config, this.#deps.backbone));
  }

  #takeUp({ cursor, schedule, saved }: RunPlace): void {
    this.#cursor = cursor;
    this.#schedule = schedule;
    this.#saved = saved;
  }

  /**
   * Runs to the end of the last epoch, or until stopped. Posts its state; resolves either way.
   * @throws StudioError for what ends a run: its last checkpoint stays
   */
  async run(): Promise<'finished' | 'stopped'> {
    const { config, post } = this.#deps;
    try {
      post({ type: 'run-state', state: 'preparing', config });
      this.#data ??= await this.#prepare();
      this.#isPrepared = true;
      if (this.#cursor.step === 0 && this.#data.kept)
        fitToKept(this.trainer.head, this.#data.kept, config);
      this.#say('running');
      if (this.#cursor.epoch >= config.epochs) await this.#validate();
      while (this.#cursor.epoch < config.epochs) await this.#runEpoch();
      this.#say('finished');
      return 'finished';
    } catch (thrown) {
      // A dying device rejects its readbacks before it says that it is lost.
      const isReadback = isFailedReadback(thrown);
      if (!(thrown instanceof StudioError))
        await this.control.stopped(isReadback ? LOSS_WAIT : REASON_WAIT);
      const { aborted, reason } = this.control.signal;
      if (aborted && reason instanceof DOMException && reason.name === 'AbortError') {
        if (this.#cursor.step > 0) await this.#saveAndWait();
        this.#say('stopped');
        return 'stopped';
      }
      // The head stays at hand, and its weights are those that led there.
      if (!aborted && thrown instanceof StudioError && thrown.code === 'diverged') {
        this.#sayCollapse(collapseOfDiverged(this.#cursor.step));
      }
      this.#say('failed');
      if (aborted) throw reason;
      throw isReadback
        ? new StudioError(
            'device-lost',
            `The GPU gave nothing back (${thrown.message}).`,
            'Resume: the run goes on from its last checkpoint.',
            { cause: thrown },
          )
        : thrown;
    } finally {
      this.#skips.flush();
      this.#data?.close();
      this.#data = null;
      post({ type: 'progress', progress: null });
    }
  }

  /** The trained head as a safetensors file, with what made it as metadata. */
  exportHead(): Promise<Uint8Array> {
    const { config, backbone } = this.#deps;
    const { calibration, distributions } = this.#notes();
    const metadata = headFileMetadata({
      config,
      backbone,
      step: this.#cursor.step,
      validation: this.#validation,
      collapse: this.#collapse,
      calibration,
    });
    this.trainer.syncVariables();
    return encodeHead(this.trainer, metadata, distributions);
  }

  /**
   * κ′ of the head as it was last validated; null before that, and for methods other than `scf`.
   */
  get calibration(): Calibration | null {
    return this.#notes().calibration;
  }

  /** Made when somebody asks: calibrating takes seconds. */
  #notes(): HeadMetadata {
    if (!this.#validationFaces) return { calibration: null, distributions: [] };
    if (this.#cachedMetadata?.held !== this.#validationFaces)
      this.#cachedMetadata = {
        held: this.#validationFaces,
        notes: headMetadata(this.#validationFaces, this.config, this.#validation!.step),
      };
    return this.#cachedMetadata.notes;
  }

  #cachedMetadata: { readonly held: ValidationFaces; readonly notes: HeadMetadata } | null = null;

  /**
   * The run as the published code saves it, to be written as a PyTorch file: see {@link
   * exportScfCheckpoint}.
   */
  exportCheckpoint(): { name: string; root: TorchValue } {
    this.trainer.syncVariables();
    return exportScfCheckpoint(this.trainer, this.#header());
  }

  /** The whole run as one safetensors file of the studio's own, as it is saved. */
  exportRun(): Promise<Uint8Array> {
    this.trainer.syncVariables();
    return encodeCheckpoint(this.trainer, this.#header());
  }

  /** Frees every tensor of the run. */
  dispose(): void {
    this.trainer.dispose();
  }

  async #prepare(): Promise<RunData> {
    const { config, post } = this.#deps;
    this.#skips.opened((await this.#deps.source.info()).leftOut);
    await this.#tellOfColours();
    const data = await openRunData(
      {
        ...this.#deps,
        features: this.#deps.features ?? null,
        onWarning: (error) => post({ type: 'error', scope: 'run', error }),
        onNotice: (text) => post({ type: 'notice', text }),
        head: this.trainer.head,
        backboneBatch: this.#deps.backboneBatch ?? BACKBONE_BATCH,
        signal: this.control.signal,
        fingerprint: () => this.#fingerprintOfSource(),
        requireSame: (fingerprint) => this.#requireSame(fingerprint),
        onProgress: (progress) => post({ type: 'progress', progress }),
        onSkip: (item) => this.#skips.take(item),
        onRetry: (shard, attempt, reason) => post({ type: 'retrying', shard, attempt, reason }),
        keep: (name, bytes) => this.#writer.keep(name, bytes),
      },
      this.#cursor,
    );
    const { info, trainingImages, validation } = data;
    this.#skips.flush();
    post({ type: 'progress', progress: null });
    post({
      type: 'source',
      info,
      trainingImages,
      validationImages: trainingImages === null ? null : validation.count,
    });
    const needed = config.dropLast ? config.batchSize : 1;
    if (trainingImages !== null && (trainingImages < needed || validation.count === 0)) {
      const isNothing = trainingImages === 0 && validation.count === 0;
      const step = isNothing ? stepWhereNothing(this.#skips.leftOut) : null;
      throw new StudioError(
        'bad-source',
        `The source gave ${trainingImages} training and ${validation.count} validation ` +
          `pictures; at least ${needed} and 1 are needed.`,
        step ?? moreThanFew({ training: trainingImages, validation: validation.count, needed }),
      );
    }
    return data;
  }

  /** Once, before a run's first picture: whether the colours seem to come in the wrong order. */
  async #tellOfColours(): Promise<void> {
    if (this.#cursor.step > 0) return;
    const { config, post } = this.#deps;
    const notice = await colourNotice({
      ...this.#deps,
      seed: config.seed,
      signal: this.control.signal,
      isStopped: async () => {
        await yieldToMessages();
        return this.control.signal.aborted;
      },
    });
    if (notice !== null) post({ type: 'notice', text: notice });
  }

  async #runEpoch(): Promise<void> {
    const { config } = this.#deps;
    const data = this.#data!;
    this.#skips.nextPass();
    for await (const batch of data.batches(this.#cursor)) {
      try {
        if (this.control.paused) await this.#collect();
        await this.control.gate(() => this.#say('paused'));
        await this.#step(batch);
      } finally {
        tf.dispose([
          batch.input,
          batch.cosTheta,
          batch.mask,
          ...(batch.embedding ? [batch.embedding] : []),
        ]);
      }
      if (config.validateEvery > 0 && this.#cursor.step % config.validateEvery === 0)
        await this.#validate();
      if (this.#cursor.step % config.checkpointEvery === 0 || this.#writer.isDue)
        await this.#save();
    }
    await this.#collect();
    this.#cursor = {
      step: this.#cursor.step,
      epoch: this.#cursor.epoch + 1,
      batch: 0,
      recordsRead: 0,
    };
    data.epochEnded();
    const result = await this.#validate();
    if (!result || this.#cursor.step === 0) {
      throw new StudioError(
        'bad-source',
        `A whole epoch of ${data.info.name} gave ${this.#cursor.step} batches of training ` +
          `pictures and ${result?.images ?? 0} validation pictures; at least one of each is ` +
          'needed, of people with several pictures.',
        moreThanFew({ training: null, validation: result?.images ?? 0, needed: config.batchSize }),
      );
    }
    this.#schedule = nextSchedule(this.#schedule, config, this.#cursor.epoch, result.loss);
    await this.#saveAndWait();
  }

  async #step(batch: EpochBatch): Promise<void> {
    const { config } = this.#deps;
    const { learningRate } = this.#schedule;
    this.#lastCollect ||= performance.now();
    if (!this.#data!.kept && this.#isFitting)
      this.#isFitting = await fitToStream(this.trainer.head, batch, this.#cursor.step, config);
    await this.trainer.enqueueStep(batch, { ...config, learningRate }, config.microBatch);
    this.#cursor = {
      step: this.#cursor.step + 1,
      epoch: this.#cursor.epoch,
      batch: this.#cursor.batch + 1,
      recordsRead: batch.recordsRead,
    };
    this.#taken.push({
      step: this.#cursor.step,
      epoch: this.#cursor.epoch + 1,
      learningRate,
      pictures: batch.count,
    });
    if (
      this.control.paused ||
      this.#taken.length >= MAX_TAKEN ||
      performance.now() - this.#lastCollect >= COLLECT_INTERVAL
    )
      await this.#collect();
  }

  /**
   * Reads what the steps since the last time came to, all at once, posts it, and lets messages in.
   */
  async #collect(): Promise<void> {
    if (this.#taken.length === 0) return;
    const taken = this.#taken;
    this.#taken = [];
    const { figures, diverged } = await this.trainer.readMetrics();
    // A stop is met at the next gate, as the weights have moved. After a fault what was read back
    // is not to be believed.
    const { aborted, reason } = this.control.signal;
    if (aborted && reason instanceof StudioError) throw reason;
    const now = performance.now();
    const pictures = taken.reduce((sum, step) => sum + step.pictures, 0);
    const imagesPerSecond = pictures / Math.max(1e-3, (now - this.#lastCollect) / 1000);
    this.#lastCollect = this.control.paused ? 0 : now;
    const bytesAllocated = this.#deps.bytesAllocated();
    const metrics = figures.map((each, at) =>
      stepMetrics(taken[at]!, each, { imagesPerSecond, bytesAllocated }),
    );
    this.#deps.post({ type: 'steps', metrics });
    // Told first, so that charts and logs show where it happened.
    if (diverged) throw diverged;
    await yieldToMessages();
  }

  /** Null where no validation picture has a centre yet. */
  async #validate(): Promise<ValidationResult | null> {
    const { config, post } = this.#deps;
    const data = this.#data!;
    await this.#collect();
    const { step, epoch } = this.#cursor;
    const held = validationFaces(
      data.validation,
      await concentrationsOfStore(this.trainer, data.validation, config.batchSize),
      config.seed,
    );
    const result = validate(
      held,
      data.validation.severities,
      (row) => data.cosThetaOf(row),
      this.trainer.settings,
      { step, epoch },
    );
    if (!result) return null;
    this.#firstLoss ??= { loss: result.loss, step: result.step };
    const isRateSpent = this.#schedule.learningRate < SPENT_RATE * config.learningRate;
    const collapse = collapseOf(result, isRateSpent ? null : this.#firstLoss);
    [this.#validation, this.#validationFaces] = [result, held];
    post({ type: 'validation', result });
    this.#sayCollapse(collapse);
    post({
      type: 'distributions',
      distributions: pairDistributions(held, [config.method, 'cosine'], config, step),
    });
    await yieldToMessages();
    return result;
  }

  async #save(): Promise<void> {
    await this.#collect();
    // First, so that no checkpoint tells of a place whose centres were not kept.
    await this.#data?.keep();
    await this.#writer.save(this.trainer, this.#header());
  }

  async #saveAndWait(): Promise<void> {
    await this.#save();
    await this.#writer.written();
  }

  #header(): CheckpointHeader {
    const { config, backbone } = this.#deps;
    const dataFingerprint = this.#fingerprint ?? this.#saved?.dataFingerprint ?? null;
    return {
      config,
      cursor: this.#cursor,
      schedule: this.#schedule,
      backboneHash: backbone.hash,
      dataFingerprint,
      ...(this.#collapse && { collapse: this.#collapse.message }),
      savedAt: Date.now(),
    };
  }

  #sayCollapse(collapse: HeadCollapse | null): void {
    this.#collapse = collapse;
    this.#deps.post({ type: 'head-collapse', collapse });
  }

  #say(state: 'running' | 'paused' | 'stopped' | 'finished' | 'failed'): void {
    this.#deps.post({ type: 'run-state', state, config: this.config });
  }

  /** Goes on after a pause. */
  play(): void {
    if (!this.control.paused) return;
    this.#lastCollect = 0;
    this.control.play();
    if (this.#data) this.#say('running');
  }
}
