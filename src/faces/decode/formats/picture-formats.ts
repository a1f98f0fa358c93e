/**
 * Known picture formats. `netpbm` is PGM, PPM and PBM; `raw` is any camera raw format (CR2, NEF,
 * ARW, DNG …).
 */
export type PictureFormat =
  | 'jpeg'
  | 'png'
  | 'webp'
  | 'gif'
  | 'bmp'
  | 'avif'
  | 'netpbm'
  | 'tiff'
  | 'heic'
  | 'jp2'
  | 'jxl'
  | 'raw';

/** Facts about a format. */
interface FormatFacts {
  /** Name for messages. */
  readonly title: string;
  /** File extensions in lower case, the usual one first. */
  readonly endings: readonly string[];
  /** Whether it is decoded; page and command line decode the same formats. */
  readonly readable: boolean;
}

/**
 * JPEG, PNG, WebP, GIF (its first picture) and AVIF are decoded by Chromium and by sharp. BMP and
 * Netpbm, of which each lacks one, are decoded by this project. Only sharp reads TIFF and SVG, and
 * neither reads JPEG XL, JPEG 2000 or HEIC. These aren't accepted, so that a folder contains the
 * same pictures for the page and for the command line.
 */
const FORMATS: Readonly<Record<PictureFormat, FormatFacts>> = {
  jpeg: { title: 'JPEG', endings: ['jpg', 'jpeg', 'jpe', 'jfif', 'pjpeg', 'pjp'], readable: true },
  png: { title: 'PNG', endings: ['png', 'apng'], readable: true },
  webp: { title: 'WebP', endings: ['webp'], readable: true },
  gif: { title: 'GIF', endings: ['gif'], readable: true },
  bmp: { title: 'BMP', endings: ['bmp', 'dib'], readable: true },
  avif: { title: 'AVIF', endings: ['avif', 'avifs'], readable: true },
  netpbm: { title: 'Netpbm', endings: ['ppm', 'pgm', 'pbm', 'pnm'], readable: true },
  tiff: { title: 'TIFF', endings: ['tif', 'tiff'], readable: false },
  heic: { title: 'HEIC', endings: ['heic', 'heif', 'hif', 'heics', 'heifs'], readable: false },
  jp2: { title: 'JPEG 2000', endings: ['jp2', 'j2k', 'j2c', 'jpc', 'jpf', 'jpx'], readable: false },
  jxl: { title: 'JPEG XL', endings: ['jxl'], readable: false },
  raw: {
    title: 'camera raw',
    endings: ['dng', 'cr2', 'cr3', 'crw', 'nef', 'nrw', 'arw', 'raf', 'rw2', 'orf', 'pef', 'srw'],
    readable: false,
  },
};

const BY_ENDING = new Map<string, PictureFormat>(
  (Object.keys(FORMATS) as PictureFormat[]).flatMap((format) =>
    FORMATS[format].endings.map((ending): [string, PictureFormat] => [ending, format]),
  ),
);

/** The format by a file's extension in any case; null if it isn't a picture's. */
export function pictureFormatOfName(path: string): PictureFormat | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? null : (BY_ENDING.get(name.slice(dot + 1).toLowerCase()) ?? null);
}

/** Whether a format is decoded, in the page as on the command line. */
export const readablePicture = (format: PictureFormat): boolean => FORMATS[format].readable;

/** A format's name for messages: "JPEG", "JPEG 2000". */
export const pictureFormatTitle = (format: PictureFormat): string => FORMATS[format].title;

/** Number of pictures of each format; `other` counts unknown formats. */
export type FormatCounts = Readonly<Partial<Record<PictureFormat | 'other', number>>>;

/** Names of formats with their counts, in order of appearance. */
export const namedFormats = (counts: FormatCounts): [string, number][] =>
  (Object.entries(counts) as [PictureFormat | 'other', number][]).map(([format, pictures]) => [
    format === 'other' ? 'of no known format' : pictureFormatTitle(format),
    pictures,
  ]);

/** The usual file extension of a format, without a dot. */
export const pictureEnding = (format: PictureFormat): string => FORMATS[format].endings[0]!;

/** All file extensions of pictures, without dots. */
export const PICTURE_ENDINGS: readonly string[] = [...BY_ENDING.keys()];

/** The readable formats, for messages. */
export const READABLE_PICTURES = 'JPEG, PNG, WebP, AVIF, GIF, BMP or Netpbm';

/** Why a picture isn't read, for reports: "TIFF is not read". */
export const unreadReason = (format: PictureFormat): string =>
  `${pictureFormatTitle(format)} is not read`;

/** The next step for pictures in formats that aren't read. */
export const SAVE_AS_READABLE = 'Save such pictures as PNG or JPEG.';

/** The format by the first bytes of a file; null if unknown. The rest may still be damaged. */
export function pictureFormatOf(bytes: Uint8Array): PictureFormat | null {
  const has = (signature: string, at = 0) =>
    [...signature].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
  if (has('\xff\xd8\xff')) return 'jpeg';
  if (has('\x89PNG\r\n\x1a\n')) return 'png';
  if (has('RIFF') && has('WEBP', 8)) return 'webp';
  if (has('GIF87a') || has('GIF89a')) return 'gif';
  if (has('BM') && BMP_HEADERS.has(bytes[14]!) && has('\0\0\0', 15)) return 'bmp';
  if (has('ftyp', 4)) return heifFormat(bytes);
  if (/^P[1-6][\s#]/.test(letters(bytes, 0, 3))) return 'netpbm';
  if (/^(II[*+]\0|MM\0[*+])/.test(letters(bytes, 0, 4))) return 'tiff';
  if (has('\0\0\0\x0cjP  ') || has('\xff\x4f\xff\x51')) return 'jp2';
  if (has('\0\0\0\x0cJXL ') || has('\xff\x0a')) return 'jxl';
  return null;
}

/** Lengths of a BMP's second header, checked since two letters alone are too weak a signature. */
const BMP_HEADERS = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

const letters = (bytes: Uint8Array, from: number, to: number) =>
  String.fromCharCode(...bytes.subarray(from, to));

/**
 * The format of a HEIF container by its brands: by the first one, or by the others if the first is
 * generic.
 */
function heifFormat(bytes: Uint8Array): PictureFormat | null {
  const length = Math.min(
    bytes.length,
    256,
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(0),
  );
  const brands: string[] = [];
  for (let at = 8; at + 4 <= length; at += at === 8 ? 8 : 4)
    brands.push(letters(bytes, at, at + 4));
  if (!/^(avi[fs]|hei[cxms]|hev[cxms]|mi[fa][1f]|msf1)$/.test(brands[0] ?? '')) return null;
  return brands.some((brand) => /^avi[fs]$/.test(brand)) ? 'avif' : 'heic';
}
