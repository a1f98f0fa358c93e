import type { DegradationLevels } from '../face-record';

/** Degradation applied to a crop after decoding, in the decoder's own thread. */
export interface CropAugmentation {
  readonly levels: DegradationLevels;
  /** Determines the noise and the place of occlusions. */
  readonly seed: number;
}

/** Decodes pictures to crops, several at a time. */
export interface CropDecoder {
  /**
   * Returns 112 × 112 × 3 RGB bytes; pictures of other sizes are scaled.
   * @throws StudioError `bad-image`
   */
  decodeCrop(encoded: Uint8Array, augmentation: CropAugmentation | null): Promise<Uint8Array>;
  dispose(): void;
}
