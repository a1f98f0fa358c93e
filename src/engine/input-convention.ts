/** What a network wants its pixels to be: value = (byte − mean) · scale, channels in `order`, NHWC inside the engine. */
export interface InputConvention {
  readonly order: 'RGB' | 'BGR';
  readonly mean: number;
  readonly scale: number;
}
