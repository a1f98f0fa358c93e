/**
 * The errors that a person sees, on the page and on the command line. The code is for branching;
 * the message says what was found and what was expected, and the next step says what to do.
 */
export type StudioErrorCode =
  | 'no-webgpu'
  | 'backend-failed-self-test'
  | 'gpu-error'
  | 'device-lost'
  | 'out-of-gpu-memory'
  | 'network'
  | 'bad-model'
  | 'unsupported-op'
  | 'bad-shard'
  | 'bad-source'
  | 'bad-image'
  | 'no-face'
  | 'bad-config'
  | 'bad-checkpoint'
  | 'later-version'
  | 'storage-full'
  | 'storage-denied'
  | 'diverged'
  | 'worker-crashed';

/** The operation of a network's graph at which something stopped. Plain data. */
export interface OperationPlace {
  /** The operator's name: "Conv". */
  readonly operator: string;
  /** The operation's own name in its file; may be empty. */
  readonly name: string;
  /** Its place among the graph's operations, from 0. */
  readonly index: number;
  /** Operations in the graph. */
  readonly operations: number;
}

/** A {@link StudioError} as plain data, for postMessage. */
export interface StudioErrorRecord {
  readonly code: StudioErrorCode;
  readonly message: string;
  readonly nextStep: string;
  /** Where in a network's graph it happened, if it did there. */
  readonly at?: OperationPlace;
}

/** An error with a message and a next step for a person. */
export class StudioError extends Error {
  override readonly name = 'StudioError';
  /** Where in a network's graph it happened, if it did there. */
  readonly at?: OperationPlace;

  /**
   * @param code closed set, for branching
   * @param message what was found and what was expected, as a sentence
   * @param nextStep what the person can do now, as a sentence
   */
  constructor(
    readonly code: StudioErrorCode,
    message: string,
    readonly nextStep: string,
    options?: ErrorOptions & { readonly at?: OperationPlace },
  ) {
    super(message, options);
    this.at = options?.at;
  }

  toRecord(): StudioErrorRecord {
    const { code, message, nextStep, at } = this;
    return { code, message, nextStep, ...(at && { at }) };
  }

  /**
   * Turns anything thrown into a record. An error of another class keeps its message, and gets the
   * code `fallback` and this `nextStep`.
   */
  static record(thrown: unknown, fallback: StudioErrorCode, nextStep: string): StudioErrorRecord {
    if (thrown instanceof StudioError) return thrown.toRecord();
    return { code: fallback, message: messageOf(thrown), nextStep };
  }
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
