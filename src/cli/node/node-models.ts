import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { TrainedMethodName } from '../../confidence/confidence-method';
import type { PhotoNetworks } from '../../inference/align/find-faces';
import { HttpByteSource, type ByteSource } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { messageOf, StudioError, type StudioErrorCode } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import {
  DETECTOR_INPUT,
  LANDMARK_INPUT,
  OnnxImageNetwork,
} from '../../inference/align/onnx-image-network';
import { openBackbone } from '../../models/backbones/open-backbone';
import { headSource, openHead, type OpenedHead } from '../../training/checkpoint/open-head';
import { presets, type RunConfig } from '../../training/config/run-config';
import { parseInputConvention } from '../../models/backbones/input-convention-text';
import { DiskByteSource } from './disk-byte-source';
import { missingOr } from './disk-error';

/** Where `npm run models` puts what the page finds under `models`. */
const FETCHED = 'public';
/** The backbone of the page's own, on disk. */
export const DEFAULT_BACKBONE = `${FETCHED}/${presets.demo.backbone}`;
/** The largest array that wasm is asked to hold in Node, in bytes. */
export const MAX_BLOCK_BYTES = 2 ** 30;

/** How a backbone is read, as a run's settings have it. */
export type BackboneReading = Partial<Pick<RunConfig, 'inputConvention' | 'convFeature'>>;

/**
 * Opens a backbone of any form that the studio reads, onto the current tfjs backend.
 * @param where a path or an address; what a config calls `models/…` lies where `npm run models`
 * puts it
 * @throws StudioError `bad-model`, `unsupported-op`, `network`, `bad-config`
 */
export async function openNodeBackbone(
  where: string,
  { inputConvention = 'auto', convFeature = 'body' }: BackboneReading = {},
): Promise<Backbone> {
  const path = where === presets.demo.backbone ? DEFAULT_BACKBONE : where;
  const source = await openByteSource(
    path,
    'bad-model',
    path === DEFAULT_BACKBONE ? 'Run "npm run models" first.' : 'Name the file of a backbone.',
  );
  return openBackbone(source, {
    input: parseInputConvention(inputConvention) ?? undefined,
    convFeature,
    companion: (name) => companionOf(path, name),
  });
}

/** A trained head's file, opened: a head or run of the studio's, or an SCF checkpoint. */
export interface NodeHead {
  /** How its backbone was read, where the file says. */
  readonly reading: BackboneReading;
  /** What its numbers are: the published code's where the file doesn't say. */
  readonly method: TrainedMethodName;
  /** Hash of the backbone that it was trained on, where the file says. */
  readonly backboneHash: string | null;
  /** Makes the head for its backbone. @throws StudioError `bad-checkpoint` */
  on(backbone: Backbone): Promise<OpenedHead>;
}

/**
 * Opens a head's file, before anything slower is begun. @throws StudioError `bad-checkpoint` where
 * there is none
 */
export async function openNodeHead(path: string): Promise<NodeHead> {
  const file = await openTensorFile(
    await openByteSource(path, 'bad-checkpoint', 'Name a head.safetensors or ckpt_e30.pt.'),
  );
  const { config, backboneHash } = headSource(file);
  return {
    reading: { inputConvention: config?.inputConvention, convFeature: config?.convFeature },
    method: config?.method ?? 'scf',
    backboneHash,
    on: async (backbone) => {
      const opened = await openHead(file, backbone, MAX_BLOCK_BYTES);
      if (!opened.backboneVerified)
        console.error(
          `${file.name} doesn't say which backbone it was trained on: its kappa means ` +
            'something on that one alone.',
        );
      if (opened.collapse) console.error(`Don't trust the head ${file.name}: ${opened.collapse}`);
      return opened;
    },
  };
}

/**
 * What finds and aligns the face of a photograph.
 * @param folder that holds `fr_detect.onnx` and `fr_landmark.onnx`
 * @throws StudioError `bad-model`
 */
export async function openPhotoNetworks(folder: string): Promise<PhotoNetworks> {
  const model = (name: string) =>
    bytesOf(join(folder, `${name}.onnx`), 'bad-model', 'Run "npm run models" first.');
  return {
    detector: new OnnxImageNetwork(await model('fr_detect'), DETECTOR_INPUT),
    landmarks: new OnnxImageNetwork(await model('fr_landmark'), LANDMARK_INPUT),
  };
}

/**
 * A file or an address, to be read at any place.
 * @throws StudioError `code` for a file that isn't there; `network` for an address
 */
export async function openByteSource(
  where: string,
  code: StudioErrorCode,
  nextStep: string,
): Promise<ByteSource> {
  if (/^https?:/.test(where)) return HttpByteSource.open(where);
  if (where.startsWith('files:'))
    throw new StudioError(
      code,
      `"${where}" was picked in a page, which leaves no path; a path or an address was expected.`,
      nextStep,
    );
  return reading(where, code, nextStep, async () => {
    if (!(await stat(where)).isFile()) throw new Error('it is no file');
    return DiskByteSource.open(where, basename(where));
  });
}

/** A whole file. @throws StudioError `code` with what the system says */
export function bytesOf(
  path: string,
  code: StudioErrorCode,
  nextStep: string,
): Promise<Uint8Array> {
  return reading(path, code, nextStep, () => readFile(path));
}

async function reading<T>(
  path: string,
  code: StudioErrorCode,
  nextStep: string,
  read: () => Promise<T>,
): Promise<T> {
  return read().catch((cause: unknown) => {
    throw new StudioError(code, `${path} can't be read (${messageOf(cause)}).`, nextStep, {
      cause,
    });
  });
}

/**
 * A file beside a model, or in a folder beside it, which the model names; null where there is none.
 * A name that leads out
 * of the model's folder is not followed.
 */
async function companionOf(where: string, location: string): Promise<ByteSource | null> {
  const parts = location.split('/');
  if (parts.some((part) => part === '' || part === '..' || /[\\:\0]/.test(part))) return null;
  if (/^https?:/.test(where)) {
    const address = new URL(parts.map(encodeURIComponent).join('/'), where);
    // The query, where the model's address has one, may be what gives access.
    address.search = new URL(where).search;
    return HttpByteSource.open(address.href);
  }
  const beside = join(dirname(where), ...parts);
  const found = await stat(beside).catch(missingOr(beside));
  return found?.isFile() ? DiskByteSource.open(beside, location) : null;
}
