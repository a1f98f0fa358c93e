import * as tf from '@tensorflow/tfjs-core';
import type { Calibration } from '../../confidence/confidence-method';
import { counted } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import type { TorchValue } from '../../formats/torch/torch-value';
import {
  encodeCheckpoint,
  encodeHead,
  type CheckpointHeader,
  type RunCursor,
} from '../checkpoint/checkpoint';
import { CheckpointWriter } from '../checkpoint/checkpoint-writer';
import { headFileMetadata } from '../checkpoint/head-file-metadata';
import type { HeadFile, VariableFile } from '../checkpoint/checkpoint-stream';
import { resumeRun, type RunPlace } from '../checkpoint/resume-run';
import { exportScfCheckpoint } from '../checkpoint/scf-checkpoint';
import type { RunConfig } from '../config/run-config';
import { hasEnded, initialSchedule, isPatienceSpent, nextSchedule } from '../config/schedule';
import { unknownSettingsWarning } from '../config/stored-config';
import type { EpochBatch } from '../data/head-batches';
import { PictureReader } from '../data/held-out/picture-reader';
import type { RunData } from '../data/run-data';
import { fitToKept, fitToStream } from '../step/head-start';
import type { HeadTrainer } from '../step/head-trainer';
import { createTrainer } from './create-trainer';
import { isFailedReadback } from './failed-readback';
import { DataFingerprint } from './run/data-fingerprint';
import { prepareData } from './run/prepare-data';
import { fullReadingOrNotice } from './run/full-reading';
import { emptyEpoch, readbackFailed } from './run/run-errors';
import { RunValidation } from './run/run-validation';
import type { SessionDependencies } from './run/session-dependencies';
import { StepCollector } from './run/step-collector';
import { RunControl } from './run-control';
import type { HeadCollapse, HeadReading, ValidationResult } from './run-events';
import { RunMachine } from './run-machine';
import { SkipReport } from './skip-report';

export { runName } from '../config/run-name';

/** Milliseconds to wait, after an error, for a fault that explains it and stops the run. */
const REASON_WAIT = 1000;
/** The same after a failed readback: nearly always a lost device, which may be slow to say so. */
const LOSS_WAIT = 30_000;

/**
 * One training run, from the first pass over its pictures to the last checkpoint. A plain object:
 * it knows neither worker nor page, and runs the same in Node.
 */
export class TrainingSession {
  readonly control = new RunControl();
  readonly trainer: HeadTrainer;
  /** Its pictures, for whoever wants to see some. Works after the run has ended, too. */
  readonly pictures: PictureReader;
  readonly #deps: SessionDependencies;
  readonly #machine: RunMachine;
  /** Where the run stands, and the header of the file that it was restored from. */
  #place: RunPlace;
  #data: RunData | null = null;
  #isPrepared = false;
  /** Whether a stream's next batch still goes into the standardisation of the head's input. */
  #isFitting = true;
  readonly #fingerprint: DataFingerprint;
  readonly #steps: StepCollector;
  readonly #validation: RunValidation;
  readonly #skips: SkipReport;
  readonly #writer: CheckpointWriter;

  constructor(deps: SessionDependencies) {
    const { config, source, store, post } = deps;
    const { signal } = this.control;
    this.pictures = new PictureReader(source, config);
    this.#deps = deps;
    this.#machine = deps.machine ?? new RunMachine(post);
    this.#place = {
      cursor: { step: 0, epoch: 0, batch: 0, recordsRead: 0 },
      schedule: initialSchedule(config),
      saved: null,
    };
    this.trainer = createTrainer(config, deps.backbone, deps.maxBlockBytes);
    this.#fingerprint = new DataFingerprint(source, config.shards, signal);
    this.#steps = new StepCollector(this.trainer, this.control, deps);
    this.#validation = new RunValidation(this.trainer, deps);
    this.#skips = new SkipReport(post);
    this.#writer = new CheckpointWriter(store, post, () => signal.reason instanceof StudioError);
  }

  get config(): RunConfig {
    return this.#deps.config;
  }

  get cursor(): RunCursor {
    return this.#place.cursor;
  }

  /** Whether the run's data has been prepared. Stays true after the run has ended. */
  get isPrepared(): boolean {
    return this.#isPrepared;
  }

  /** What the last validation found; null before the first. */
  get validation(): ValidationResult | null {
    return this.#validation.result;
  }

  /** Why the head isn't learning, as last validated or by diverging; null if it is. */
  get collapse(): HeadCollapse | null {
    return this.#validation.collapse;
  }

  /** κ′ of the head as it was last validated. Null before that, and for methods but `scf`. */
  get calibration(): Calibration | null {
    return this.#validation.scores.calibration;
  }

  /** What the head gives for its validation pictures, by policy: see {@link HeadReading}. */
  get readings(): readonly HeadReading[] {
    return this.#validation.scores.readings;
  }

  /**
   * Restores a saved run: weights, moments, schedule and place in the data. After an error the run
   * is as it was.
   * @param saved a checkpoint, or a `ckpt_e{N}.pt`
   * @throws StudioError `bad-checkpoint`, also for a run of other settings or another backbone
   */
  async restore(saved: TensorFile): Promise<void> {
    const { config, backbone } = this.#deps;
    this.#place = await resumeRun(saved, this.trainer, config, backbone);
    const { saved: header } = this.#place;
    const text = header && unknownSettingsWarning(header.config, 'The saved run');
    if (text) this.#deps.post({ type: 'notice', text });
  }

  /**
   * Compares the pictures with those that the restored run was trained on, if its file names their
   * fingerprint. If the network can't be reached, {@link run} compares the fingerprint that was
   * last known for them.
   * @throws StudioError `bad-checkpoint` for other pictures; what the source throws
   */
  requireSameData(): Promise<void> {
    return this.#fingerprint.requireSame(this.#place.saved);
  }

  /**
   * The last checkpoint of this run, from the store or from memory; null before the first.
   * @throws StudioError from the store
   */
  lastCheckpoint(): Promise<TensorFile | null> {
    return this.#writer.lastCheckpoint();
  }

  /** Resumes after a pause. */
  play(): void {
    if (!this.control.paused) return;
    this.#steps.stopClock();
    this.control.play();
    if (this.#machine.state === 'paused') this.#machine.run();
  }

  /**
   * Runs to the end of the last epoch, or until stopped, and posts its state.
   * @throws StudioError for a fault that ends the run: its last checkpoint stays
   */
  async run(): Promise<'finished' | 'stopped'> {
    const { config, post } = this.#deps;
    this.#machine.prepare(config);
    try {
      this.#data ??= await this.#prepare();
      this.#isPrepared = true;
      if (this.cursor.step === 0 && this.#data.kept)
        fitToKept(this.trainer.head, this.#data.kept, config);
      this.#machine.run();
      if (this.#hasEnded) await this.#validate(this.#data);
      while (!this.#hasEnded) await this.#runEpoch(this.#data);
      this.#skips.nextPass();
      const reading = await fullReadingOrNotice(this.#data, this.#deps, {
        trainer: this.trainer,
        signal: this.control.signal,
        gate: () => this.control.gate(() => this.#machine.pause()),
        onSkip: (item) => this.#skips.add(item),
      });
      await this.#validation.finish(reading);
      this.#machine.end('finished');
      return 'finished';
    } catch (thrown) {
      return await this.#endAfter(thrown);
    } finally {
      this.#skips.flush();
      this.#data?.close();
      this.#data = null;
      post({ type: 'progress', progress: null });
    }
  }

  /**
   * The trained head as a safetensors file; its metadata says how it was made. Whoever reads it
   * disposes it.
   */
  exportHead(): Promise<HeadFile> {
    const { config, backbone } = this.#deps;
    const { calibration, readings } = this.#validation.scores;
    const { validation, collapse } = this;
    const { step } = this.cursor;
    const origins = { config, backbone, step, validation, collapse, calibration };
    this.trainer.syncVariables();
    return encodeHead(this.trainer, headFileMetadata(origins), readings);
  }

  /** The run in the form of the published code, for a PyTorch file: {@link exportScfCheckpoint}. */
  exportCheckpoint(): { name: string; root: TorchValue } {
    this.trainer.syncVariables();
    return exportScfCheckpoint(this.trainer, this.#header());
  }

  /**
   * The whole run as a safetensors file of the studio's own, as checkpoints are. Whoever reads it
   * disposes it.
   */
  exportRun(): VariableFile {
    this.trainer.syncVariables();
    return encodeCheckpoint(this.trainer, this.#header());
  }

  /** Frees every tensor of the run. */
  dispose(): void {
    this.trainer.dispose();
  }

  #prepare(): Promise<RunData> {
    return prepareData(this.#deps, {
      head: this.trainer.head,
      cursor: this.cursor,
      skips: this.#skips,
      writer: this.#writer,
      signal: this.control.signal,
      fingerprint: () => this.#fingerprint.ofSource(),
      requireSame: (fingerprint) => this.#fingerprint.accept(fingerprint, this.#place.saved),
    });
  }

  async #runEpoch(data: RunData): Promise<void> {
    const { config } = this.#deps;
    this.#skips.nextPass();
    for await (const batch of data.batches(this.cursor)) {
      try {
        if (this.control.paused) await this.#steps.readMetrics();
        await this.control.gate(() => this.#machine.pause());
        await this.#step(batch, data);
      } finally {
        const { input, cosTheta, mask, embedding } = batch;
        tf.dispose([input, cosTheta, mask, ...(embedding ? [embedding] : [])]);
      }
      const { step } = this.cursor;
      if (config.validateEvery > 0 && step % config.validateEvery === 0) await this.#validate(data);
      if (step % config.checkpointEvery === 0 || this.#writer.isDue) await this.#save();
    }
    await this.#steps.readMetrics();
    const { step, epoch } = this.cursor;
    this.#moveTo({ step, epoch: epoch + 1, batch: 0, recordsRead: 0 });
    data.epochEnded();
    const result = await this.#validate(data);
    if (!result || step === 0) throw emptyEpoch(data.info.name, step, result, config);
    const schedule = nextSchedule(this.#place.schedule, config, epoch + 1, result.loss);
    this.#place = { ...this.#place, schedule };
    if (epoch + 1 < config.epochs && isPatienceSpent(schedule, config)) this.#postEarlyEnd();
    await this.#saveAndWait();
  }

  async #step(batch: EpochBatch, data: RunData): Promise<void> {
    const { config } = this.#deps;
    const { learningRate } = this.#place.schedule;
    const { step, epoch, batch: batches } = this.cursor;
    this.#steps.startClock();
    if (!data.kept && this.#isFitting)
      this.#isFitting = await fitToStream(this.trainer.head, batch, step, config);
    await this.trainer.enqueueStep(batch, { ...config, learningRate }, config.microBatch);
    const { count: pictures, orderPosition } = batch;
    this.#moveTo({ step: step + 1, epoch, batch: batches + 1, recordsRead: orderPosition });
    await this.#steps.add({ step: step + 1, epoch: epoch + 1, learningRate, pictures });
  }

  get #hasEnded(): boolean {
    return hasEnded(this.config, this.cursor.epoch, this.#place.schedule);
  }

  #moveTo(cursor: RunCursor): void {
    this.#place = { ...this.#place, cursor };
  }

  async #validate(data: RunData): Promise<ValidationResult | null> {
    await this.#steps.readMetrics();
    return this.#validation.run(data, this.cursor, this.#place.schedule.learningRate);
  }

  async #save(): Promise<void> {
    await this.#steps.readMetrics();
    // Centres first: a checkpoint must not point to a place whose centres were not written.
    await this.#data?.persist();
    await this.#writer.save(this.trainer, this.#header());
  }

  async #saveAndWait(): Promise<void> {
    await this.#save();
    await this.#writer.written();
  }

  #header(): CheckpointHeader {
    const { config, backbone } = this.#deps;
    const { cursor, schedule, saved } = this.#place;
    return {
      config,
      cursor,
      schedule,
      backboneHash: backbone.hash,
      dataFingerprint: this.#fingerprint.value ?? saved?.dataFingerprint ?? null,
      ...(this.collapse && { collapse: this.collapse.message }),
      savedAt: Date.now(),
    };
  }

  /**
   * Ends the run after an error: saves it if it was stopped, and posts its last state.
   * @throws the reason of a stop that is a fault, or the error itself; what kept it from being
   * saved
   */
  async #endAfter(thrown: unknown): Promise<'stopped'> {
    // A dying device rejects its readbacks before it reports that it is lost.
    const isReadback = isFailedReadback(thrown);
    if (!(thrown instanceof StudioError))
      await this.control.stopped(isReadback ? LOSS_WAIT : REASON_WAIT);
    const { aborted, reason } = this.control.signal;
    if (aborted && reason instanceof DOMException && reason.name === 'AbortError') {
      try {
        if (this.cursor.step > 0) await this.#saveAndWait();
      } catch (unsaved) {
        this.#machine.fault(unsaved);
        throw unsaved;
      }
      this.#machine.end('stopped');
      return 'stopped';
    }
    // The diverged head can still be exported, with the collapse in its metadata.
    if (!aborted && thrown instanceof StudioError && thrown.code === 'diverged')
      this.#validation.diverged(this.cursor.step);
    const told = isReadback ? readbackFailed(thrown) : thrown;
    const fault = aborted ? reason : told;
    this.#machine.fault(fault);
    throw fault;
  }

  #postEarlyEnd(): void {
    const { epochs, patience } = this.config;
    this.#deps.post({
      type: 'notice',
      text:
        `The run ends after epoch ${this.cursor.epoch} of ${epochs}: its validation loss has not ` +
        `fallen for ${counted(patience, 'epoch')}.`,
    });
  }
}
