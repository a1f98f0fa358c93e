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

/** A {@link StudioError} as plain data, for postMessage. */
export interface StudioErrorRecord {
  readonly code: StudioErrorCode;
  readonly message: string;
  readonly nextStep: string;
}

/** An error with a message and a next step for a person. */
export class StudioError extends Error {
  override readonly name = 'StudioError';

  /**
   * @param code closed set, for branching
   * @param message what was found and what was expected, as a sentence
   * @param nextStep what the person can do now, as a sentence
   */
  constructor(
    readonly code: StudioErrorCode,
    message: string,
    readonly nextStep: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  toRecord(): StudioErrorRecord {
    return { code: this.code, message: this.message, nextStep: this.nextStep };
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
