import type { DegradationLevels } from '../face-record';

/** What is done to a crop after decoding, in the decoder's own thread. */
export interface CropAugmentation {
  readonly levels: DegradationLevels;
  /** Decides where noise and occlusions fall. */
  readonly seed: number;
}

/** Encoded pictures to crops, several at a time. */
export interface CropDecoder {
  /**
   * 112 × 112 × 3 RGB bytes; another size is scaled.
   * @throws StudioError `bad-image`
   */
  decodeCrop(encoded: Uint8Array, augmentation: CropAugmentation | null): Promise<Uint8Array>;
  dispose(): void;
}
