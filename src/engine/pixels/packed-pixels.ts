/** A batch of crops: packed RGB bytes, B × side × side × 3, and a mirror flag for each crop. */
export interface PackedPixels {
  readonly size: number;
  readonly side: number;
  readonly pixels: Uint8Array;
  readonly flips: Uint8Array;
}
