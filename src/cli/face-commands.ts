import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { mutualLikelihood } from '../confidence/scf';
import { cropPhoto } from '../faces/crop-photo';
import { StudioError } from '../formats/studio-error';
import { writeSafetensors, type NamedArray } from '../formats/safetensors';
import { dot } from '../models/class-centres';
import { readFace, type FaceReadout } from '../training/read-face';
import { startNodeWasm } from './node-backend';
import { decodeImage } from './node-files';
import { bytesOf, openNodeBackbone, openNodeHead, openPhotoNetworks } from './node-models';

/** A picture as the command line sees it. */
interface EmbeddedPicture extends FaceReadout {
  readonly name: string;
}

/** Options shared by `embed` and `score`. */
export interface FaceOptions {
  readonly models: string;
  /** By default the one among the models. */
  readonly backbone?: string;
  readonly head?: string;
  readonly json?: boolean;
}

/** `scf score a b`: cosine and, with a head, both κ and Eqn (13), with what they mean. */
export async function score(first: string, second: string, options: FaceOptions): Promise<void> {
  const { pictures, radius } = await embedPictures([first, second], options);
  const [a, b] = pictures as [EmbeddedPicture, EmbeddedPicture];
  const cosTheta = dot(a.mu, b.mu);
  const scf = a.kappa === null || b.kappa === null ? null : mutualLikelihood(a.mu.length, radius, a.kappa, b.kappa, cosTheta);
  if (options.json) {
    console.log(JSON.stringify({ cosTheta, kappa: [a.kappa, b.kappa], scf, radius: scf === null ? null : radius }));
    return;
  }
  console.log([a, b].map(described).join('\n'));
  const words = scf === null ? '; give --head for kappa and the SCF score' : `, SCF score ${scf.toFixed(2)} (Eqn 13, a log likelihood: only its order among other pairs means anything)`;
  console.log(`cosine ${cosTheta.toFixed(4)}${words}`);
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
  else console.log(`${pictures.map(described).join('\n')}\n${pictures.length} embeddings are in ${options.out}.`);
}

/** A picture's name and what is known of it. */
function described({ name, kappa, embeddingNorm }: EmbeddedPicture): string {
  return `${name}: ${kappa === null ? '' : `kappa ${kappa.toFixed(1)}, `}‖embedding‖ ${embeddingNorm.toFixed(2)}`;
}

async function embedPictures(names: readonly string[], { models, backbone: model = join(models, 'fr_feature.onnx'), head: headFile }: FaceOptions): Promise<{ pictures: EmbeddedPicture[]; radius: number }> {
  await startNodeWasm();
  const opened = headFile ? await openNodeHead(headFile) : null;
  const backbone = await openNodeBackbone(model, opened?.reading);
  const networks = await openPhotoNetworks(models);
  const loaded = opened && (await opened.on(backbone));
  if (loaded && loaded.method !== 'scf') {
    throw new StudioError('bad-config', `The head ${basename(headFile!)} was trained by ${loaded.method}, which gives no kappa.`, 'Name a head of SCF, or compare methods with "scf evaluate".');
  }
  const pictures: EmbeddedPicture[] = [];
  for (const name of names) {
    const { crop } = await cropPhoto(await decodeImage(await bytesOf(name, 'bad-source', 'Check the path.'), name), basename(name), networks);
    pictures.push({ name: basename(name), ...(await readFace(crop, backbone, loaded?.head ?? null)) });
  }
  return { pictures, radius: loaded?.radius ?? 64 };
}
