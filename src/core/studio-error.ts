/**
 * The one family of errors that reaches a person. `found` and `expected` name the fact, `nextStep`
 * is a sentence that says what to do about it. Lives in the lowest room so that every other one can
 * throw it.
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
  | 'storage-full'
  | 'storage-denied'
  | 'diverged'
  | 'worker-crashed';

/** What crosses a worker seam of a {@link StudioError}: plain data. */
export interface StudioErrorRecord {
  readonly code: StudioErrorCode;
  readonly message: string;
  readonly nextStep: string;
}

/** An error with a sentence for a person. */
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
   * Turns whatever was thrown into a record; an unknown error keeps its message and gets
   * `fallback`'s code.
   */
  static record(thrown: unknown, fallback: StudioErrorCode, nextStep: string): StudioErrorRecord {
    if (thrown instanceof StudioError) return thrown.toRecord();
    return { code: fallback, message: messageOf(thrown), nextStep };
  }
}

/** The words of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
