import { imageSize } from 'image-size';

/** Encodings of pictures that are told apart; whatever else a decoder may still read is `other`. */
export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'other';

/** What a picture's first bytes say of it. */
export interface PictureHeader {
  readonly format: PictureFormat;
  /** As stored: a turn by EXIF is left out. */
  readonly width: number;
  readonly height: number;
}

/** Kinds besides the three that browsers or libvips decode. The header reader knows more, by signatures so weak that noise has them. */
const OTHER_KINDS = new Set(['gif', 'bmp', 'tiff', 'avif', 'heic']);

/**
 * A picture's encoding and size from its header, without decoding anything.
 * @throws Error whose message completes "it can't be read: …"
 */
export function pictureHeader(bytes: Uint8Array): PictureHeader {
  const format = formatOf(bytes);
  const { width, height, type } = sizeOf(bytes, format);
  if (format === 'other' && !OTHER_KINDS.has(type ?? '')) throw new Error(`it is no picture (${startOf(bytes)})`);
  if (!(width > 0 && height > 0)) throw new Error(`its header says ${width} × ${height} pixels`);
  return { format, width, height };
}

/** By the signature alone, whether or not what follows can be read. */
export function formatOf(bytes: Uint8Array): PictureFormat {
  const has = (signature: string, at = 0) => [...signature].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
  if (has('\xff\xd8\xff')) return 'jpeg';
  if (has('\x89PNG\r\n\x1a\n')) return 'png';
  if (has('RIFF') && has('WEBP', 8)) return 'webp';
  return 'other';
}

function sizeOf(bytes: Uint8Array, format: PictureFormat): ReturnType<typeof imageSize> {
  try {
    return imageSize(bytes);
  } catch {
    throw new Error(format === 'other' ? `it is no picture (${startOf(bytes)})` : `its ${format.toUpperCase()} header is damaged`);
  }
}

function startOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'it is empty';
  const first = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `it begins with ${first}`;
}

/** The size that a picture's header claims, whatever kind of picture it is; null where none can be read there. */
export function claimedSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | null {
  try {
    return imageSize(bytes);
  } catch {
    return null;
  }
}
