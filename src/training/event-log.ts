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
import { runName } from './config/run-name';

/** Tags that the HPARAMS tab compares runs by. */
const METRICS = ['val/loss', 'val/spearman', 'total_loss', 'kappa'] as const;

/**
 * A run as a TensorBoard event file: what a session says, turned into the bytes that come next in
 * the file. Scalars go under the names of the published code. Holds no bytes itself.
 */
export class EventLog {
  /** Unlike that of every run begun at another second or with other settings. */
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

  /**
   * The bytes to append to the file for an event; none where it holds nothing that TensorBoard
   * shows.
   */
  append(event: SessionEvent): Uint8Array {
    const records: Uint8Array[] = [];
    if (event.type === 'steps')
      for (const metrics of event.metrics) records.push(...this.#step(metrics));
    else if (event.type === 'validation') records.push(this.#validation(event.result));
    else if (event.type === 'run-state' && event.state === 'finished') records.push(this.#ending());
    if (this.#opened) return concat(records);
    this.#opened = true;
    return concat([...this.#opening(), ...records]);
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
    // A run taken up again repeats the steps after its checkpoint, which an earlier file may hold.
    const restart =
      this.#lastStep === 0 && step > 1 ? [this.#event(step, { type: 'restart' })] : [];
    this.#lastStep = step;
    return [
      ...restart,
      // A loss or a κ that is no number is written as it is: TensorBoard marks the step.
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
   * A run that stopped or failed may be taken up again, and TensorBoard keeps the first end that it
   * hears of.
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

/** The parts that a loss has: one of pairs has none. */
const present = (parts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(parts).filter(([, part]) => !Number.isNaN(part)));

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
