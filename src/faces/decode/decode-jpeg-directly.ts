import { CROP_SIZE, type RgbImage } from '../face-record';
import { rgbBytes } from './rgb-bytes';
import { plainJpegSize } from './plain-jpeg';

/**
 * Milliseconds after which a picture that the decoder still waits for the rest of is said to have
 * none.
 */
const MAX_WAIT = 250;

/** Bytes of a crop's pixels before they are packed. */
const CROP_PIXELS = 4 * CROP_SIZE * CROP_SIZE;
/**
 * Such buffers that no decoding holds: making one takes as long as filling it. As many as were ever
 * held at once.
 */
const spare: Uint8Array[] = [];

/**
 * Turns false where the browser's decoder has given something other than RGB: every further picture
 * would be decoded twice.
 */
let givesRgb = typeof ImageDecoder === 'function';

/**
 * The pixels of a plain JPEG by the browser's decoder alone: the very bytes that a canvas gives.
 * Making a bitmap of a Blob sends every picture to another process and back, which takes several
 * times as long as decoding a crop.
 * @returns null where another way has to be taken: no such decoder, no plain JPEG, or no pixels
 * came of it
 */
export async function decodeJpegDirectly(bytes: Uint8Array): Promise<RgbImage | null> {
  const size = givesRgb ? plainJpegSize(bytes) : null;
  // Why it failed is for the other way to find: it alone decides what is a picture.
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
      if (!order && !data.closed) givesRgb = false;
      const length = 4 * width * height;
      if (
        !order ||
        image.codedWidth !== width ||
        image.codedHeight !== height ||
        image.allocationSize() !== length
      )
        return null;
      const pixels = (length === CROP_PIXELS && spare.pop()) || new Uint8Array(length);
      await image.copyTo(pixels);
      const rgb = rgbBytes(pixels, order);
      if (length === CROP_PIXELS) spare.push(pixels);
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
 * A picture as a stream that stays open. Of a whole file Chromium's decoder gives luma and chroma,
 * whose way to RGB is another than the canvas's; of a stream that may go on it gives RGB. What
 * waits for more than there is gets an end.
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
        }, MAX_WAIT);
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
