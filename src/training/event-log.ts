import { joinedBytes } from '../formats/bytes/joined-bytes';
import {
  encodeEvent,
  histogramOf,
  type EventContent,
  type SummaryValue,
} from '../formats/tfevents/tfevents';
import {
  experimentSummary,
  sessionEndSummary,
  sessionStartSummary,
} from '../formats/tfevents/tfevents-hparams';
import type { RunConfig } from './config/run-config';
import type { SessionEvent, StepMetrics, ValidationResult } from './session/run-events';
import { messageOf, StudioError, type StudioErrorCode } from '../core/studio-error';
import { runName } from './config/run-name';

/** Tags by which TensorBoard's HPARAMS tab compares runs. */
const METRICS = ['val/loss', 'val/spearman', 'total_loss', 'kappa'] as const;

/**
 * Encodes a run as a TensorBoard event file: turns each session event into the bytes to append to
 * the file, and keeps none of them. Scalars have the names that the published code uses.
 */
export class EventLog {
  /** Differs between runs that began in different seconds or have different settings. */
  readonly fileName: string;
  readonly #config: RunConfig;
  readonly #startedAt: number;
  readonly #now: () => number;
  #opened = false;
  #lastStep = 0;

  /**
   * @param wallTime seconds since 1970 at which the run, or this continuation of it, began
   * @param now the clock, in seconds since 1970
   */
  constructor(config: RunConfig, wallTime: number, now: () => number = () => Date.now() / 1000) {
    this.#config = config;
    this.#startedAt = wallTime;
    this.#now = now;
    // TensorBoard's own writer ends the name with that of the machine.
    this.fileName = `events.out.tfevents.${Math.floor(wallTime)}.${runName(config)}`;
  }

  /** The bytes to append to the file for an event; empty if TensorBoard shows nothing of it. */
  append(event: SessionEvent): Uint8Array {
    const records: Uint8Array[] = [];
    if (event.type === 'steps')
      for (const metrics of event.metrics) records.push(...this.#step(metrics));
    else if (event.type === 'validation') records.push(this.#validation(event.result));
    else if (event.type === 'run-state' && event.state === 'finished') records.push(this.#ending());
    if (this.#opened) return joinedBytes(records);
    this.#opened = true;
    return joinedBytes([...this.#opening(), ...records]);
  }

  #opening(): Uint8Array[] {
    const settings = { ...this.#config };
    return [
      encodeEvent(this.#startedAt, 0, { type: 'file-version' }),
      this.#event(0, {
        type: 'summary',
        values: [experimentSummary(settings, METRICS, this.#startedAt)],
      }),
      this.#event(0, { type: 'summary', values: [sessionStartSummary(settings, this.#startedAt)] }),
    ];
  }

  #step(metrics: StepMetrics): Uint8Array[] {
    const { step } = metrics;
    // A resumed run repeats the steps after its checkpoint, which an earlier file may hold; one
    // that goes back after a fault of the device repeats steps that are in this file.
    const isResumed = this.#lastStep === 0 && step > 1;
    const restart =
      isResumed || step <= this.#lastStep ? [this.#event(step, { type: 'restart' })] : [];
    this.#lastStep = step;
    return [
      ...restart,
      // A NaN loss or κ is written as it is: TensorBoard marks the step.
      this.#scalars(step, {
        kappa: metrics.kappaMean,
        total_loss: metrics.loss,
        ...present({
          neg_kappa_times_cos_theta: metrics.lossAlignment,
          neg_dim_scalar_times_log_kappa: metrics.lossLogKappa,
          log_iv_kappa: metrics.lossLogBessel,
        }),
        lr: metrics.learningRate,
      }),
    ];
  }

  #validation({ step, loss, spearman, kappa }: ValidationResult): Uint8Array {
    const histogram = histogramOf(kappa);
    return this.#event(step, {
      type: 'summary',
      values: [
        { tag: 'val/loss', scalar: loss },
        ...(spearman === null ? [] : [{ tag: 'val/spearman', scalar: spearman }]),
        ...(histogram === null ? [] : [{ tag: 'kappa_hist', histogram }]),
      ],
    });
  }

  /**
   * Written for a finished run only. A run that stopped or failed may be resumed, and TensorBoard
   * keeps the first end that it reads.
   */
  #ending(): Uint8Array {
    return this.#event(this.#lastStep, {
      type: 'summary',
      values: [sessionEndSummary(this.#now())],
    });
  }

  #scalars(step: number, figures: Readonly<Record<string, number>>): Uint8Array {
    const values: SummaryValue[] = Object.entries(figures).map(([tag, scalar]) => ({
      tag,
      scalar,
    }));
    return this.#event(step, { type: 'summary', values });
  }

  #event(step: number, content: EventContent): Uint8Array {
    return encodeEvent(this.#now(), step, content);
  }
}

/**
 * The name to try for a new event file: `name` at attempt 0, then `name.1` and so on, which
 * TensorBoard reads as well. Two runs with the same settings may begin in the same second.
 */
export const eventFileName = (name: string, attempt: number): string =>
  attempt === 0 ? name : `${name}.${attempt}`;

/** The error for event files that can't be written to a place. */
export function eventFileError(
  code: StudioErrorCode,
  place: string,
  cause: unknown,
  nextStep: string,
): StudioError {
  const reason = messageOf(cause).replace(/\.$/, '');
  const message = `Event files can't be written to ${place} (${reason}).`;
  return new StudioError(code, message, nextStep, { cause });
}

/** The loss parts that aren't NaN: a loss over pairs has no parts. */
const present = (parts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(parts).filter(([, part]) => !Number.isNaN(part)));
