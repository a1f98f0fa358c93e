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
import { unknownSettingsWarning } from '../../training/config/stored-config';
import { weaknessOf } from '../../training/head-file/head-weakness';
import { presets, type RunConfig } from '../../training/config/run-config';
import { parseInputConvention } from '../../models/backbones/input-convention-text';
import { DiskByteSource } from './disk-byte-source';
import { ignoreMissing } from './disk-error';
import { inRed } from '../in-red';

/** Root of the page's static files; `npm run models` puts the models in `models/` below it. */
const PUBLIC_FOLDER = 'public';
/** The page's default backbone, on disk. */
export const DEFAULT_BACKBONE = `${PUBLIC_FOLDER}/${presets.demo.backbone}`;
/** Where `npm run models` puts the networks that find faces. */
export const MODELS_FOLDER = `${PUBLIC_FOLDER}/models`;
/** Size limit of one array on the wasm backend in Node, in bytes. */
export const MAX_BLOCK_BYTES = 2 ** 30;

/** The settings of a run that say how its backbone is read. */
export type BackboneReading = Partial<Pick<RunConfig, 'inputConvention' | 'convFeature'>>;

/**
 * Opens a backbone of any supported format on the current tfjs backend.
 * @param where a path or an address. The default backbone's `models/…` is found in `public`, where
 * `npm run models` puts it
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

/** An opened file with a trained head: a head or a run of the studio, or an SCF checkpoint. */
export interface NodeHead {
  /** How its backbone was read, if the file says. */
  readonly reading: BackboneReading;
  /**
   * The method that it was trained by: that of the published code, `scf`, if the file doesn't say.
   */
  readonly method: TrainedMethodName;
  /** Hash of the backbone that it was trained on; null if the file doesn't say. */
  readonly backboneHash: string | null;
  /** Loads the head for its backbone. @throws StudioError `bad-checkpoint` */
  on(backbone: Backbone): Promise<OpenedHead>;
}

/**
 * Opens a head's file. Its arrays are read later, by {@link NodeHead.on}.
 * @throws StudioError `bad-checkpoint` if there is no such file
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
      const unknown = config && unknownSettingsWarning(config, `The head ${file.name}`);
      if (unknown) console.error(unknown);
      const problem = opened.collapse ?? weaknessOf(opened.readings);
      if (problem !== null) console.error(inRed(`Don't trust the head ${file.name}: ${problem}`));
      return opened;
    },
  };
}

/**
 * Opens the networks that find and align the face of a photograph.
 * @param folder holds `fr_detect.onnx` and `fr_landmark.onnx`
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
 * Opens a file or an address for random access.
 * @throws StudioError `code` if there is no such file; `network` for an address
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

/** Reads a whole file. @throws StudioError `code` with the system's message */
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
 * Opens a file that a model names, in the model's folder or below it. null if there is none, or if
 * the name leads out of that folder.
 */
async function companionOf(where: string, location: string): Promise<ByteSource | null> {
  const parts = location.split('/');
  if (parts.some((part) => part === '' || part === '..' || /[\\:\0]/.test(part))) return null;
  if (/^https?:/.test(where)) {
    const address = new URL(parts.map(encodeURIComponent).join('/'), where);
    // The query of the model's address, if there is one, may hold the access token.
    address.search = new URL(where).search;
    return HttpByteSource.open(address.href);
  }
  const path = join(dirname(where), ...parts);
  const found = await stat(path).catch(ignoreMissing(path));
  return found?.isFile() ? DiskByteSource.open(path, location) : null;
}
