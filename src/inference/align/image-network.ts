/** A small network on one picture. An interface, so that this folder depends on no runtime. */
export interface ImageNetwork {
  /** [height, width, channels] of its input. */
  readonly inputShape: readonly [number, number, number];
  /**
   * @param pixels height × width × channels values, row-major, channels last
   * @returns each output by name, flattened in the model's own order
   */
  run(pixels: Float32Array): Promise<Readonly<Record<string, Float32Array>>>;
}
