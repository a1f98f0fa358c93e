/**
 * Encodings of pictures that are known by name. `netpbm` is PGM, PPM and PBM; `raw` is what cameras
 * call so (CR2, NEF, ARW, DNG …).
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

/** What is known of a format. */
interface FormatFacts {
  /** As people write it. */
  readonly title: string;
  /** Endings of its files' names, lower case, the usual one first. */
  readonly endings: readonly string[];
  /** Whether page and command line decode it; both do, or neither. */
  readonly readable: boolean;
}

/**
 * JPEG, PNG, WebP, GIF (the first picture of it) and AVIF are decoded by Chromium and by sharp. BMP
 * and Netpbm, of which each lacks one, are decoded here. TIFF and SVG only sharp reads, JPEG XL and
 * JPEG 2000 neither, HEIC neither: none of them is taken, so that a folder holds the same pictures
 * for the page and for the command line.
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

/** The format that the ending of a file's name says, whatever its case; null for no picture's. */
export function pictureFormatOfName(path: string): PictureFormat | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? null : (BY_ENDING.get(name.slice(dot + 1).toLowerCase()) ?? null);
}

/** Whether page and command line decode a format; there is none that only one of them does. */
export const readablePicture = (format: PictureFormat): boolean => FORMATS[format].readable;

/** A format's name for messages: "JPEG", "JPEG 2000". */
export const pictureFormatTitle = (format: PictureFormat): string => FORMATS[format].title;

/** Pictures of each format that was met; `other` is of none that is known. */
export type FormatCounts = Readonly<Partial<Record<PictureFormat | 'other', number>>>;

/** Formats by name and how many there are of each, in the order in which they were met. */
export const namedFormats = (counts: FormatCounts): [string, number][] =>
  (Object.entries(counts) as [PictureFormat | 'other', number][]).map(([format, pictures]) => [
    format === 'other' ? 'of no known format' : pictureFormatTitle(format),
    pictures,
  ]);

/** The usual ending of a format's files, without a dot. */
export const pictureEnding = (format: PictureFormat): string => FORMATS[format].endings[0]!;

/** All endings of pictures' names, without dots. */
export const PICTURE_ENDINGS: readonly string[] = [...BY_ENDING.keys()];

/** What is read, for messages. */
export const READABLE_PICTURES = 'JPEG, PNG, WebP, AVIF, GIF, BMP or Netpbm';

/** Why a format that isn't readable isn't, for reports: "TIFF is not read". */
export const unreadReason = (format: PictureFormat): string =>
  `${pictureFormatTitle(format)} is not read`;

/** What to do with pictures of formats that aren't readable. */
export const SAVE_AS_READABLE = 'Save such pictures as PNG or JPEG.';

/** By the first bytes of a file, whatever it is called, and whether or not the rest can be read. */
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

/** Lengths of the header behind a BMP's file header: two letters alone are too weak a signature. */
const BMP_HEADERS = new Set([12, 16, 40, 52, 56, 64, 108, 124]);

const letters = (bytes: Uint8Array, from: number, to: number) =>
  String.fromCharCode(...bytes.subarray(from, to));

/**
 * Of a file of boxes, by its brands: the first, or, where that says only "pictures", the others.
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
