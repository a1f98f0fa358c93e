import { imageSize } from 'image-size';
import { bmpSize } from './decode-bmp';
import { netpbmSize } from './decode-netpbm';
import {
  pictureFormatOf,
  pictureFormatTitle,
  readablePicture,
  type PictureFormat,
} from './picture-formats';

/** Format and size by a picture's header. */
export interface PictureHeader {
  readonly format: PictureFormat;
  /** As stored, without rotation by Exif. */
  readonly width: number;
  readonly height: number;
}

/**
 * Reads a picture's format and size from its header, without decoding it.
 * @throws Error whose message completes "it can't be read: …"
 */
export function pictureHeader(bytes: Uint8Array): PictureHeader {
  const format = pictureFormatOf(bytes);
  if (!format) throw unknownFormatError(bytes);
  if (!readablePicture(format)) throw unreadFormatError(format);
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

/** The error for bytes of an unknown format; its message completes "it can't be read: …". */
export function unknownFormatError(bytes: Uint8Array): Error {
  const first = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0'));
  const start = bytes.length === 0 ? 'it is empty' : `it begins with ${first.join(' ')}`;
  return new Error(`it is no picture (${start})`);
}

/** The error for a format that isn't read; its message completes "it can't be read: …". */
export const unreadFormatError = (format: PictureFormat): Error =>
  new Error(`it is ${pictureFormatTitle(format)}, which is not read`);

/** The size claimed by a picture's header, in any known format; null if it can't be read. */
export function claimedSize(bytes: Uint8Array): Size | null {
  try {
    const format = pictureFormatOf(bytes);
    return format && sizeOf(bytes, format);
  } catch {
    // The decoder will report what is wrong with the header.
    return null;
  }
}
