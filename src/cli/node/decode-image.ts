import sharp from 'sharp';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import { CROP_SIZE, MAX_PIXELS, type RgbImage } from '../../faces/face-record';
import {
  undecodableError,
  decodableFormat,
  decodeInJavaScript,
} from '../../faces/decode/picture-decoding';
import { plainJpegSize } from '../../faces/decode/plain-jpeg';
import { prepareCrop } from '../../faces/decode/prepare-crop';

/**
 * Decodes a picture with sharp, by the rule of {@link decodableFormat}.
 * @throws StudioError `bad-image`
 */
export async function decodeImage(bytes: Uint8Array, name = 'The picture'): Promise<RgbImage> {
  try {
    if (plainJpegSize(bytes)) return await rgbBySharp(bytes);
    const format = decodableFormat(bytes);
    const decoded = decodeInJavaScript(bytes, format);
    if (decoded) return decoded;
    const hasInks = format === 'jpeg' && (await sharp(bytes).metadata()).space === 'cmyk';
    return await (hasInks ? rgbOfInks(bytes) : rgbBySharp(bytes));
  } catch (cause) {
    throw undecodableError(name, bytes, cause);
  }
}

/** Opens a picture and turns it upright. An embedded colour profile is ignored. */
const opened = (bytes: Uint8Array) =>
  sharp(bytes, { limitInputPixels: MAX_PIXELS, ignoreIcc: true }).autoOrient();

async function rgbBySharp(bytes: Uint8Array): Promise<RgbImage> {
  const picture = opened(bytes).flatten({ background: '#fff' }).toColourspace('srgb').removeAlpha();
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

/** Decodes a CMYK picture. sharp gives each ink as 0 to 255, 255 being full ink. */
async function rgbOfInks(bytes: Uint8Array): Promise<RgbImage> {
  const inks = opened(bytes).pipelineColourspace('cmyk').toColourspace('cmyk');
  const { data: stored, info } = await inks.raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const data = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const light = 255 - stored[4 * pixel + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      data[3 * pixel + channel] = Math.floor(((255 - stored[4 * pixel + channel]!) * light) / 255);
    }
  }
  return { width, height, data };
}

/** Encodes a crop, 112 × 112 × 3 RGB bytes, as a JPEG of quality 95 with whole chroma. */
export async function encodeCrop(crop: Uint8Array): Promise<Uint8Array> {
  const raw = { width: CROP_SIZE, height: CROP_SIZE, channels: 3 } as const;
  const jpeg = sharp(crop, { raw }).jpeg({ quality: 95, chromaSubsampling: '4:4:4' });
  return new Uint8Array(await jpeg.toBuffer());
}

/** Crops by sharp: libvips decodes in its own threads. */
export const nodeDecoder: CropDecoder = {
  decodeCrop: async (encoded, augmentation) =>
    prepareCrop(await decodeImage(encoded), augmentation),
  dispose: () => undefined,
};
