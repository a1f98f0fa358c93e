import { StudioError } from '../../../core/studio-error';
import type { FaceSource } from '../../../faces/face-source';
import type { CheckpointHeader } from '../../checkpoint/checkpoint';
import { requireSameData } from '../../checkpoint/same-run';

/** The fingerprint of a run's pictures, compared with that of the saved run. */
export class DataFingerprint {
  #value: string | null = null;
  #fromSource: Promise<string> | null = null;

  /** @param shards where the pictures lie, for messages */
  constructor(
    readonly source: FaceSource,
    readonly shards: string,
    readonly signal: AbortSignal,
  ) {}

  /** null until {@link accept} has been called. */
  get value(): string | null {
    return this.#value;
  }

  /** The source's own, computed once. @throws StudioError as the source does */
  ofSource(): Promise<string> {
    this.#fromSource ??= this.source.fingerprint(this.signal);
    return this.#fromSource;
  }

  /**
   * Takes a fingerprint as that of the run's pictures.
   * @throws StudioError `bad-checkpoint` if the saved run was trained on other pictures
   */
  accept(fingerprint: string, saved: CheckpointHeader | null): void {
    if (saved) requireSameData(saved, fingerprint, this.shards);
    this.#value = fingerprint;
  }

  /**
   * Compares the source's pictures with those of the saved run, if its file names a fingerprint.
   * Does nothing if the network can't be reached: the source is asked again later.
   * @throws StudioError `bad-checkpoint` for other pictures; what the source throws
   */
  async requireSame(saved: CheckpointHeader | null): Promise<void> {
    if (!saved || saved.dataFingerprint === null) return;
    try {
      this.accept(await this.ofSource(), saved);
    } catch (thrown) {
      if (!(thrown instanceof StudioError) || thrown.code !== 'network') throw thrown;
      this.#fromSource = null;
    }
  }
}
