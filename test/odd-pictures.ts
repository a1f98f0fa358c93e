import { Buffer } from 'node:buffer';
import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { decodeImage } from '../src/cli/node/decode-image';
import { crc32 } from '../src/formats/bytes/crc32';
import { flatJpeg } from './fixtures/flat-jpeg';

/** A picture that decoders are apt to read each in a way of its own, and what Node makes of it. */
export interface OddPicture {
  readonly name: string;
  /** The file, as base64: it goes to the browser as text. */
  readonly file: string;
  /** null where it is refused. */
  readonly node: { readonly width: number; readonly height: number; readonly data: string } | null;
}

const [WIDTH, HEIGHT] = [48, 32];
const orientations = [1, 2, 3, 4, 5, 6, 7, 8];

/** Colours that are another at every place, so that no turn and no slip goes unseen. */
function colours(channels: 3 | 4): Buffer {
  const data = Buffer.alloc(WIDTH * HEIGHT * channels);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const colour = [40 + 4 * x, 30 + 6 * y, x < 16 && y < 10 ? 220 : 60 + x, 5 * x];
      for (let c = 0; c < channels; c++) data[(y * WIDTH + x) * channels + c] = colour[c]!;
    }
  }
  return data;
}

const plain = () => sharp(colours(3), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
const veiled = () => sharp(colours(4), { raw: { width: WIDTH, height: HEIGHT, channels: 4 } });
/** 16 bits a channel, all of them different. */
const deep = (channels: 1 | 3 | 4) =>
  sharp(
    Uint16Array.from({ length: WIDTH * HEIGHT * channels }, (_, i) => i * 10),
    {
      raw: { width: WIDTH, height: HEIGHT, channels },
    },
  );

/** A PNG with a chunk right behind its header. */
function withChunk(png: Buffer, name: string, body: Uint8Array): Buffer {
  const chunk = Buffer.alloc(12 + body.length);
  chunk.writeUInt32BE(body.length, 0);
  chunk.write(name, 4, 'latin1');
  chunk.set(body, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + body.length)), 8 + body.length);
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}

/** A one-bit PNG of the first coding: what no encoder here writes by itself. */
function oneBitPng(): Buffer {
  const png = Buffer.from('89504e470d0a1a0a', 'hex');
  const header = Buffer.from([0, 0, 0, 9, 0, 0, 0, 2, 1, 0, 0, 0, 0]);
  const end = withChunk(Buffer.alloc(33), 'IEND', Buffer.alloc(0)).subarray(33);
  const rows = deflateSync(Buffer.from([0, 0xaa, 0x80, 0, 0x55, 0]));
  const chunk = (name: string, body: Uint8Array) =>
    withChunk(Buffer.alloc(33), name, body).subarray(33);
  return Buffer.concat([png, chunk('IHDR', header), chunk('IDAT', rows), end]);
}

/** Files that both decoders have to read alike, or both refuse. */
async function files(): Promise<[string, Uint8Array][]> {
  const made: [string, Sharp][] = [
    ...orientations.flatMap((orientation): [string, Sharp][] => {
      const turned = () => plain().withMetadata({ orientation });
      return [
        [`JPEG turned ${orientation}`, turned().jpeg()],
        [`PNG turned ${orientation}`, turned().png()],
        [`WebP turned ${orientation}`, turned().webp()],
        [`WebP without loss turned ${orientation}`, turned().webp({ lossless: true })],
        [`AVIF turned ${orientation}`, turned().avif()],
      ];
    }),
    ['JPEG', plain().jpeg()],
    ['JPEG of full chroma', plain().jpeg({ chromaSubsampling: '4:4:4' })],
    ['progressive JPEG', plain().jpeg({ progressive: true })],
    ['grey JPEG', plain().greyscale().jpeg()],
    ['CMYK JPEG', plain().toColourspace('cmyk').jpeg()],
    ['CMYK JPEG with a profile', plain().toColourspace('cmyk').withIccProfile('cmyk').jpeg()],
    ['turned CMYK JPEG', plain().toColourspace('cmyk').withMetadata({ orientation: 6 }).jpeg()],
    ['JPEG of P3', plain().withIccProfile('p3').jpeg()],
    ['PNG of P3', plain().withIccProfile('p3').png()],
    ['WebP of P3', plain().withIccProfile('p3').webp()],
    ['AVIF of P3', plain().withIccProfile('p3').avif()],
    ['PNG of a palette', plain().png({ palette: true })],
    ['grey PNG', plain().greyscale().toColourspace('b-w').png()],
    ['grey PNG of 16 bits', deep(1).toColourspace('grey16').png()],
    ['PNG of 16 bits', deep(3).toColourspace('rgb16').png()],
    ['PNG of 16 bits and P3', deep(3).toColourspace('rgb16').withIccProfile('p3').png()],
    ['veiled PNG of 16 bits', deep(4).toColourspace('rgb16').png()],
    ['veiled PNG', veiled().png()],
    ['veiled PNG of a palette', veiled().png({ palette: true })],
    ['veiled grey PNG', veiled().greyscale().toColourspace('b-w').png()],
    ['veiled WebP', veiled().webp()],
    ['veiled WebP without loss', veiled().webp({ lossless: true, exact: true })],
    ['GIF', plain().gif()],
    ['veiled GIF', veiled().gif()],
    ['WebP', plain().webp()],
    ['AVIF', plain().avif()],
    ['AVIF of full chroma', plain().avif({ chromaSubsampling: '4:4:4' })],
    ['AVIF of 10 bits', plain().avif({ bitdepth: 10 })],
    ['TIFF', plain().tiff()],
  ];
  const whole: [string, Uint8Array][] = [];
  for (const [name, picture] of made) whole.push([name, await picture.toBuffer()]);
  const png = await plain().png().toBuffer();
  const inks = [
    [0, 255, 255, 255],
    [255, 128, 0, 200],
    [64, 200, 100, 64],
    [255, 255, 255, 0],
    [10, 20, 30, 255],
  ];
  const built: [string, Uint8Array][] = [
    [
      'animated GIF',
      await sharp(Buffer.concat([colours(3), Buffer.alloc(colours(3).length)]), {
        raw: { width: WIDTH, height: 2 * HEIGHT, channels: 3, pageHeight: HEIGHT },
      })
        .gif()
        .toBuffer(),
    ],
    ['PNG with gamma', withChunk(png, 'gAMA', Buffer.from([0, 1, 0x86, 0xa0]))],
    ['PNG of BT.2020', withChunk(png, 'cICP', Buffer.from([9, 16, 0, 1]))],
    ['PNG of one bit', oneBitPng()],
    ['CMYK JPEG of Adobe', flatJpeg(inks, { adobe: 0 })],
    ['CMYK JPEG of nobody', flatJpeg(inks)],
    ['YCCK JPEG', flatJpeg(inks, { adobe: 2 })],
    [
      'RGB JPEG of Adobe',
      flatJpeg(
        inks.map((ink) => ink.slice(0, 3)),
        { adobe: 0 },
      ),
    ],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
  ];
  const isCut = (name: string) => /^(JPEG|PNG of a palette|GIF|WebP|AVIF)$/.test(name);
  const cut = whole
    .filter(([name]) => isCut(name))
    .map(([name, file]): [string, Uint8Array] => [
      `${name}, cut`,
      file.subarray(0, Math.floor(0.9 * file.length)),
    ]);
  return [...whole, ...built, ...cut];
}

/**
 * A command for tests in the browser: such pictures and what the command line's decoder makes of
 * each.
 */
export async function decodedInNode(): Promise<OddPicture[]> {
  const pictures: OddPicture[] = [];
  for (const [name, file] of await files()) {
    const image = await decodeImage(new Uint8Array(file)).catch((thrown: unknown) => {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'bad-image') return null;
      throw thrown;
    });
    const node = image && { ...image, data: Buffer.from(image.data).toString('base64') };
    pictures.push({ name, file: Buffer.from(file).toString('base64'), node });
  }
  return pictures;
}

declare module 'vitest/internal/browser' {
  interface BrowserCommands {
    decodedInNode: () => Promise<OddPicture[]>;
  }
}
