import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { mutualLikelihood } from '../confidence/scf';
import { cropPhoto, type PhotoNetworks } from '../faces/crop-photo';
import { writeSafetensors, type NamedArray } from '../formats/safetensors';
import { StudioError } from '../formats/studio-error';
import { dot, normalised } from '../models/class-centres';
import { createHead } from '../models/heads/create-head';
import { MOBILE_FACE_NET, OnnxBackbone } from '../models/onnx-backbone';
import { DETECTOR_INPUT, LANDMARK_INPUT, OnnxImageNetwork } from '../models/onnx-image-network';
import { loadHead } from '../training/checkpoint';
import { embedFaces } from '../training/feature-pass';
import { startNodeWasm } from './node-backend';
import { decodeImage } from './node-files';

/** A picture as the command line sees it. */
interface EmbeddedPicture {
  readonly name: string;
  /** [512], unit length. */
  readonly mu: Float32Array;
  readonly kappa: number | null;
}

/** Options shared by `embed` and `score`. */
export interface FaceOptions {
  readonly models: string;
  readonly head?: string;
  readonly json?: boolean;
}

/** `scf score a b`: cosine, both κ and Eqn (13), with what they mean. */
export async function score(first: string, second: string, options: FaceOptions & { readonly head: string }): Promise<void> {
  const { pictures, radius } = await embedPictures([first, second], options);
  const [a, b] = pictures as [EmbeddedPicture, EmbeddedPicture];
  const cosTheta = dot(a.mu, b.mu);
  const scf = mutualLikelihood(a.mu.length, radius, a.kappa!, b.kappa!, cosTheta);
  if (options.json) {
    console.log(JSON.stringify({ cosTheta, kappa: [a.kappa, b.kappa], scf, radius }));
    return;
  }
  console.log(`${a.name}: kappa ${a.kappa!.toFixed(1)}\n${b.name}: kappa ${b.kappa!.toFixed(1)}`);
  console.log(`cosine ${cosTheta.toFixed(4)}, SCF score ${scf.toFixed(2)} (Eqn 13, a log likelihood: only its order among other pairs means anything)`);
}

/** `scf embed pictures… --out file`: unit embeddings [n, 512] and, with a head, κ [n], as safetensors. */
export async function embed(names: readonly string[], options: FaceOptions & { readonly out: string }): Promise<void> {
  const { pictures } = await embedPictures(names, options);
  const dimension = pictures[0]!.mu.length;
  const embedding = new Float32Array(pictures.length * dimension);
  pictures.forEach(({ mu }, row) => embedding.set(mu, row * dimension));
  const arrays = new Map<string, NamedArray>([['embedding', { dtype: 'F32', shape: [pictures.length, dimension], data: embedding }]]);
  if (options.head) arrays.set('kappa', { dtype: 'F32', shape: [pictures.length], data: Float32Array.from(pictures, ({ kappa }) => kappa!) });
  await writeFile(options.out, writeSafetensors(arrays, { format: 'scf-studio-embeddings-1', names: JSON.stringify(names) }));
  if (options.json) console.log(JSON.stringify({ out: options.out, pictures: pictures.map(({ name, kappa }) => ({ name, kappa })) }));
  else console.log(`${pictures.length} embeddings are in ${options.out}.`);
}

async function embedPictures(names: readonly string[], { models, head: headFile }: FaceOptions): Promise<{ pictures: EmbeddedPicture[]; radius: number }> {
  await startNodeWasm();
  const model = (name: string) =>
    readFile(`${models}/${name}.onnx`).catch(() => {
      throw new StudioError('bad-model', `There is no model at ${models}/${name}.onnx.`, 'Run "npm run models" first.');
    });
  const backbone = await OnnxBackbone.load(await model('fr_feature'), MOBILE_FACE_NET);
  const networks: PhotoNetworks = {
    detector: new OnnxImageNetwork(await model('fr_detect'), DETECTOR_INPUT),
    landmarks: new OnnxImageNetwork(await model('fr_landmark'), LANDMARK_INPUT),
  };
  const loaded = headFile ? loadHead(await readOrThrow(headFile), backbone, 2 ** 30) : null;
  const head = loaded?.trainer.head ?? createHead('compact', { convShape: backbone.convShape, embeddingDim: backbone.embeddingDim, initialLogKappa: null }, 0, 2 ** 30);
  const pictures: EmbeddedPicture[] = [];
  for (const name of names) {
    const { crop } = await cropPhoto(await decodeImage(await readOrThrow(name), name), basename(name), networks);
    const { inputs, embeddings } = await embedFaces([{ crop, flip: false }], backbone, head, 1);
    let kappa: number | null = null;
    if (loaded) {
      const input = tf.tensor2d(inputs, [1, head.inputSize]);
      kappa = (await loaded.trainer.kappa(input, 1))[0]!;
      input.dispose();
    }
    pictures.push({ name: basename(name), mu: normalised(embeddings).unit, kappa });
  }
  return { pictures, radius: loaded?.config.radius ?? 64 };
}

async function readOrThrow(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new StudioError('bad-source', `${path} can't be read (${cause instanceof Error ? cause.message : String(cause)}).`, 'Check the path.', { cause });
  });
}
