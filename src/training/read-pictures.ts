import { alignFace, isAligned, type PhotoNetworks } from '../faces/crop-photo';
import { degrade } from '../faces/degradation';
import { detectFaces } from '../faces/detect-faces';
import { CROP_SIZE, type RgbImage } from '../faces/face-record';
import { findLandmarks } from '../faces/find-landmarks';
import type { PictureTask } from '../faces/picture-plan';
import { prepareCrop } from '../faces/prepare-crop';
import { readAhead } from '../faces/read-ahead';
import { StudioError } from '../formats/studio-error';
import type { FaceFeatures } from './read-faces';

/** How the pictures of an evaluation are read. */
export interface ReadPicturesOptions {
  /** @throws StudioError `bad-image` or `bad-source` for a picture that isn't there or can't be decoded: it is counted, and the others are read */
  readonly decode: (picture: string) => Promise<RgbImage>;
  /** What finds and aligns faces; null takes the pictures for aligned crops, and scales them where they are of another size. */
  readonly networks: PhotoNetworks | null;
  readonly read: (crops: readonly Uint8Array[]) => Promise<readonly FaceFeatures[]>;
  readonly signal?: AbortSignal;
  /** Asked before each picture: whether the reading is to end there, with what was read. */
  readonly isStopped?: () => boolean | Promise<boolean>;
  /** Told of the pictures done. */
  readonly onProgress?: (done: number) => void;
}

/** A picture without a face to compare, and why. */
export interface LostPicture {
  readonly picture: string;
  /** `undetected`: no face was found in it. `unreadable`: it isn't there, or can't be decoded. */
  readonly what: 'undetected' | 'unreadable';
  readonly reason: string;
}

/** The faces of a plan's pictures. */
export interface ReadPictures {
  /** [picture][variant]; null for a lost picture. */
  readonly faces: readonly (readonly FaceFeatures[] | null)[];
  readonly lost: readonly LostPicture[];
  /** Pictures with more faces than one: the main one was taken. */
  readonly severalFaces: number;
  /** false where it was stopped before the last picture. */
  readonly complete: boolean;
}

/** Crops that are sent through the backbone at once. */
const CROPS_AT_ONCE = 32;
const DECODED_AHEAD = 4;

/**
 * Finds, aligns, degrades and embeds the pictures of a plan, each decoded once.
 * @throws StudioError what the backbone throws; the signal's reason
 */
export async function readPictures(tasks: readonly PictureTask[], { decode, networks, read, signal, isStopped, onProgress }: ReadPicturesOptions): Promise<ReadPictures> {
  const faces: (FaceFeatures[] | null)[] = tasks.map(() => null);
  const lost: LostPicture[] = [];
  let severalFaces = 0;
  let waiting: { readonly picture: number; readonly variant: number; readonly crop: Uint8Array }[] = [];
  const flush = async () => {
    const readings = await read(waiting.map(({ crop }) => crop));
    waiting.forEach(({ picture, variant }, row) => ((faces[picture] ??= [])[variant] = readings[row]!));
    waiting = [];
  };
  let done = 0;
  for await (const { index, image, loss } of readAhead(decoded(tasks, decode), DECODED_AHEAD)) {
    signal?.throwIfAborted();
    if (await isStopped?.()) break;
    const { picture, variants } = tasks[index]!;
    const found = image && (await cropOf(image, networks));
    if (found) {
      if (found.faces > 1) severalFaces++;
      const crop = { width: CROP_SIZE, height: CROP_SIZE, data: found.crop };
      for (const [variant, augmentation] of variants.entries()) {
        waiting.push({ picture: index, variant, crop: augmentation ? degrade(crop, augmentation.levels, augmentation.seed).data : crop.data });
        if (waiting.length === CROPS_AT_ONCE) await flush();
      }
    } else lost.push(loss ?? { picture, what: 'undetected', reason: `No face was found in it (${image!.width} × ${image!.height}).` });
    onProgress?.(++done);
  }
  if (waiting.length > 0) await flush();
  return { faces, lost, severalFaces, complete: done === tasks.length };
}

interface DecodedPicture {
  readonly index: number;
  readonly image: RgbImage | null;
  readonly loss: LostPicture | null;
}

async function* decoded(tasks: readonly PictureTask[], decode: ReadPicturesOptions['decode']): AsyncGenerator<DecodedPicture> {
  for (const [index, { picture }] of tasks.entries()) {
    try {
      yield { index, image: await decode(picture), loss: null };
    } catch (thrown) {
      if (!(thrown instanceof StudioError) || (thrown.code !== 'bad-image' && thrown.code !== 'bad-source')) throw thrown;
      yield { index, image: null, loss: { picture, what: 'unreadable', reason: thrown.message } };
    }
  }
}

async function cropOf(image: RgbImage, networks: PhotoNetworks | null): Promise<{ readonly crop: Uint8Array; readonly faces: number } | null> {
  if (!networks || isAligned(image)) return { crop: prepareCrop(image, null), faces: 1 };
  const [main, ...others] = await detectFaces(image, networks.detector);
  return main ? { crop: alignFace(image, await findLandmarks(image, main, networks.landmarks)), faces: 1 + others.length } : null;
}
