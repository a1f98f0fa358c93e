import { imageSize } from 'image-size';
import { bmpSize } from './decode-bmp';
import { netpbmSize } from './decode-netpbm';
import {
  pictureFormatOf,
  pictureFormatTitle,
  readablePicture,
  type PictureFormat,
} from './picture-formats';

/** What a picture's first bytes say of it. */
export interface PictureHeader {
  readonly format: PictureFormat;
  /** As stored: a turn by EXIF is left out. */
  readonly width: number;
  readonly height: number;
}

/**
 * A picture's encoding and size from its header, without decoding anything.
 * @throws Error whose message completes "it can't be read: …"
 */
export function pictureHeader(bytes: Uint8Array): PictureHeader {
  const format = pictureFormatOf(bytes);
  if (!format) throw noPicture(bytes);
  if (!readablePicture(format)) throw notRead(format);
  const { width, height } = sizeOf(bytes, format);
  if (!(width > 0 && height > 0)) throw new Error(`its header says ${width} × ${height} pixels`);
  return { format, width, height };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function sizeOf(bytes: Uint8Array, format: PictureFormat): Size {
  if (format === 'bmp') return bmpSize(bytes);
  if (format === 'netpbm') return netpbmSize(bytes);
  try {
    return imageSize(bytes);
  } catch {
    throw new Error(`its ${pictureFormatTitle(format)} header is damaged`);
  }
}

/** What is said of bytes that no format begins with; it completes "it can't be read: …". */
export function noPicture(bytes: Uint8Array): Error {
  const first = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0'));
  const start = bytes.length === 0 ? 'it is empty' : `it begins with ${first.join(' ')}`;
  return new Error(`it is no picture (${start})`);
}

/** What is said of a format that isn't taken; it completes "it can't be read: …". */
export const notRead = (format: PictureFormat): Error =>
  new Error(`it is ${pictureFormatTitle(format)}, which is not read`);

/** The size that a picture's header claims, whatever kind; null where none can be read there. */
export function claimedSize(bytes: Uint8Array): Size | null {
  try {
    const format = pictureFormatOf(bytes);
    return format && sizeOf(bytes, format);
  } catch {
    // A header that says nothing: what reads on says what is wrong with it.
    return null;
  }
}
