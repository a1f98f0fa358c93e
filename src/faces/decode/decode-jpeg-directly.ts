import { CROP_SIZE, type RgbImage } from '../face-record';
import { rgbBytes } from './rgb-bytes';
import { plainJpegSize } from './plain-jpeg';

/**
 * Milliseconds after which the stream is closed if the decoder still waits for more data.
 */
const MAX_WAIT_MS = 250;

/** Bytes of a crop's pixels with four channels. */
const CROP_RGBX_BYTES = 4 * CROP_SIZE * CROP_SIZE;
/**
 * Pool of buffers of that size, since allocating one takes as long as filling it. It grows to the
 * largest number of concurrent decodings.
 */
const bufferPool: Uint8Array[] = [];

/**
 * Becomes false once the browser's decoder returned something other than RGB, because every further
 * picture would be decoded twice.
 */
let decodesToRgb = typeof ImageDecoder === 'function';

/**
 * Decodes a plain JPEG with ImageDecoder, to exactly the bytes that a canvas gives. Creating a
 * bitmap from a Blob sends the picture to another process and back, which takes several times as
 * long as decoding a crop.
 * @returns null if another decoder has to be used: no ImageDecoder, not a plain JPEG, or an error
 */
export async function decodeJpegDirectly(bytes: Uint8Array): Promise<RgbImage | null> {
  const size = decodesToRgb ? plainJpegSize(bytes) : null;
  // Errors are dropped: the other decoder alone decides whether it is a picture.
  return size && decodeAs(size, bytes).catch(() => null);
}

async function decodeAs(
  { width, height }: { width: number; height: number },
  bytes: Uint8Array,
): Promise<RgbImage | null> {
  const data = new OpenStream(bytes);
  const decoder = new ImageDecoder({
    data: data.stream,
    type: 'image/jpeg',
    colorSpaceConversion: 'none',
  });
  try {
    const { image } = await decoder.decode();
    try {
      const order = orderOf(image.format);
      if (!order && !data.closed) decodesToRgb = false;
      const length = 4 * width * height;
      if (
        !order ||
        image.codedWidth !== width ||
        image.codedHeight !== height ||
        image.allocationSize() !== length
      )
        return null;
      const isCrop = length === CROP_RGBX_BYTES;
      const pixels = (isCrop && bufferPool.pop()) || new Uint8Array(length);
      await image.copyTo(pixels);
      const rgb = rgbBytes(pixels, order);
      if (isCrop) bufferPool.push(pixels);
      return { width, height, data: rgb };
    } finally {
      image.close();
    }
  } finally {
    data.release();
    decoder.close();
  }
}

/**
 * A picture as a stream that stays open. For a complete file Chromium's decoder returns luma and
 * chroma, which convert to RGB differently than in a canvas; for an open stream it returns RGB. A
 * timeout closes the stream of a picture that is cut off.
 */
class OpenStream {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(bytes: Uint8Array) {
    this.stream = new ReadableStream({
      start: (controller) => {
        controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
        this.#timer = setTimeout(() => {
          this.closed = true;
          controller.close();
        }, MAX_WAIT_MS);
      },
      cancel: () => this.release(),
    });
  }

  release(): void {
    clearTimeout(this.#timer);
  }
}

function orderOf(format: VideoPixelFormat | null): 'RGB' | 'BGR' | null {
  if (format === 'RGBX' || format === 'RGBA') return 'RGB';
  return format === 'BGRX' || format === 'BGRA' ? 'BGR' : null;
}
