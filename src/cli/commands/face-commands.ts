import { basename, join } from 'node:path';
import { mutualLikelihood } from '../../confidence/scf';
import { count, counted } from '../../core/number-words';
import { StudioError, type StudioErrorCode } from '../../core/studio-error';
import { writeSafetensors, type NamedArray } from '../../formats/safetensors/safetensors';
import { dot } from '../../core/vector';
import { FaceReader, type FaceReading } from '../../inference/face-reader';
import { locateMainFace, noFace, type LocatedFace } from '../../inference/locate-face';
import { howItIsFed, chosenReading } from '../backbone-option';
import { countBar, logLine } from '../count-bar';
import { decodeImage } from '../node/decode-image';
import { printable } from './inspect-text';
import { startNodeWasm } from '../node/node-backend';
import { bytesOf, openNodeBackbone, openNodeHead, openPhotoNetworks } from '../node/node-models';
import { checkOutput } from '../node/output-file';
import { saveOutput } from '../node/save-output';

/** A picture that was read, with its embedding. */
export interface EmbeddedPicture extends FaceReading {
  /** As given on the command line. */
  readonly path: string;
  /** The path without its folders. */
  readonly name: string;
  readonly found: LocatedFace['found'];
  /** null without a head. */
  readonly kappa: number | null;
}

/** Options shared by `embed` and `score`. */
export interface FaceOptions {
  readonly models: string;
  /** By default `fr_feature.onnx` in the folder of models. */
  readonly backbone?: string;
  readonly inputConvention?: string;
  readonly head?: string;
  readonly json?: boolean;
}

/** `scf score a b`: the cosine and, with a head, both κ and the score of Eqn (13). */
export async function score(first: string, second: string, options: FaceOptions): Promise<void> {
  const { read, radius } = await openReader(options);
  const [a, b] = [await read(first), await read(second)];
  const cosTheta = dot(a.mu, b.mu);
  const scf =
    a.kappa === null || b.kappa === null
      ? null
      : mutualLikelihood(a.mu.length, radius, a.kappa, b.kappa, cosTheta);
  if (options.json) {
    const faces = [a, b].map(faceOf);
    console.log(
      JSON.stringify({
        cosTheta,
        kappa: [a.kappa, b.kappa],
        scf,
        radius: scf === null ? null : radius,
        faces,
      }),
    );
    return;
  }
  console.log([a, b].map(described).join('\n'));
  const words =
    scf === null
      ? '; give --head for kappa and the SCF score'
      : `, SCF score ${scf.toFixed(2)} (Eqn 13, a log likelihood: only its order among ` +
        'other pairs means anything)';
  console.log(`cosine ${cosTheta.toFixed(4)}${words}`);
}

/** `scf embed pictures… --out file`: unit embeddings [n, 512] and, with a head, κ [n]. */
export async function embed(
  paths: readonly string[],
  options: FaceOptions & { readonly out: string },
): Promise<void> {
  await checkOutput(options.out, ['.safetensors']);
  const { read } = await openReader(options);
  const bar = options.json ? null : countBar('pictures', paths.length);
  let done = 0;
  const { pictures, skipped } = await readEach(
    paths,
    (path) => read(path).finally(() => bar?.update(++done)),
    ({ path, reason }) => logLine(`skipped ${printable(path)}: ${printable(reason)}`),
  ).finally(() => bar?.stop());
  const bytes = encodeEmbeddings(pictures);
  const out = await saveOutput('The file of embeddings', options.out, () => bytes);
  if (options.json) {
    const shown = pictures.map((picture) => ({
      name: picture.name,
      kappa: picture.kappa,
      face: faceOf(picture),
    }));
    console.log(JSON.stringify({ out, pictures: shown, skipped }));
    return;
  }
  console.log(pictures.map(described).join('\n'));
  if (out === null) return;
  const of = skipped.length > 0 ? ` of ${counted(paths.length, 'picture')}` : '';
  const left = skipped.length > 0 ? ` ${skipped.length} skipped.` : '';
  console.log(
    `${counted(pictures.length, 'embedding')}${of} ${pictures.length === 1 ? 'is' : 'are'} ` +
      `in ${out}.${left}`,
  );
}

/** A picture that could not be read, and why. */
interface SkippedPicture {
  readonly path: string;
  readonly reason: string;
}

/** Errors of one picture: there is no file, it is no picture, or it shows no face. */
const PICTURE_FAULTS: readonly StudioErrorCode[] = ['bad-source', 'bad-image', 'no-face'];

/**
 * Reads pictures one after another. A picture that can't be read is skipped and reported.
 * @throws StudioError `no-face` if no picture could be read; errors that aren't a picture's
 */
export async function readEach(
  paths: readonly string[],
  read: (path: string) => Promise<EmbeddedPicture>,
  onSkip: (item: SkippedPicture) => void,
): Promise<{ pictures: EmbeddedPicture[]; skipped: SkippedPicture[] }> {
  const pictures: EmbeddedPicture[] = [];
  const skipped: SkippedPicture[] = [];
  for (const path of paths) {
    try {
      pictures.push(await read(path));
    } catch (thrown) {
      if (!(thrown instanceof StudioError) || !PICTURE_FAULTS.includes(thrown.code)) throw thrown;
      const item = { path, reason: thrown.message };
      skipped.push(item);
      onSkip(item);
    }
  }
  if (pictures.length > 0) return { pictures, skipped };
  const none =
    paths.length === 1
      ? 'The picture could not'
      : `None of the ${count(paths.length)} pictures could`;
  const found = `${none} be embedded; nothing was written.`;
  throw new StudioError('no-face', found, 'Name pictures that show a face.');
}

/**
 * A safetensors file of the embeddings, one row a picture; of κ, if it is known of every picture;
 * and of the pictures' paths as given.
 */
export function encodeEmbeddings(pictures: readonly EmbeddedPicture[]): Uint8Array {
  const dimension = pictures[0]!.mu.length;
  const data = new Float32Array(pictures.length * dimension);
  pictures.forEach(({ mu }, row) => data.set(mu, row * dimension));
  const arrays = new Map<string, NamedArray>();
  arrays.set('embedding', { dtype: 'F32', shape: [pictures.length, dimension], data });
  const kappa = pictures.flatMap((picture) => (picture.kappa === null ? [] : [picture.kappa]));
  if (kappa.length === pictures.length) {
    arrays.set('kappa', { dtype: 'F32', shape: [kappa.length], data: Float32Array.from(kappa) });
  }
  const names = JSON.stringify(pictures.map(({ path }) => path));
  return writeSafetensors(arrays, { format: 'scf-studio-embeddings-1', names });
}

/** A line about a picture: its name, κ, the embedding's norm, and which face was used. */
export function described(picture: EmbeddedPicture): string {
  const { name, kappa, embeddingNorm, found } = picture;
  const confidence = kappa === null ? '' : `kappa ${kappa.toFixed(1)}, `;
  const known = `${printable(name)}: ${confidence}‖embedding‖ ${embeddingNorm.toFixed(2)}`;
  if (!found) return `${known}; taken as an aligned crop`;
  const { left, top, width, height, turned } = faceOf(picture)!;
  const which = found.faces === 1 ? 'the only face' : `the main one of ${found.faces} faces`;
  const how = turned === 180 ? 'upside down' : 'on its side';
  const lies = turned === 0 ? '' : `; it lay ${how}, and was turned ${turned}° clockwise`;
  return `${known}; ${which}, ${width} × ${height} pixels at (${left}, ${top})${lies}`;
}

/** The face that was used, for JSON: in whole pixels of the picture, and degrees clockwise. */
function faceOf({ found }: EmbeddedPicture) {
  if (!found) return null;
  const { box, turned } = found.face;
  const [left, top, width, height] = [box.left, box.top, box.width, box.height].map(Math.round);
  return { left, top, width, height, score: box.score, turned, of: found.faces };
}

/** Reads pictures with a backbone and, if given, a head. */
interface PictureReader {
  readonly read: (path: string) => Promise<EmbeddedPicture>;
  /** The head's radius r, for Eqn (13). */
  readonly radius: number;
}

/** Opens the backbone, the head and the networks that find faces. */
async function openReader(options: FaceOptions): Promise<PictureReader> {
  const {
    models,
    backbone: model = join(models, 'fr_feature.onnx'),
    head: headFile,
    inputConvention,
  } = options;
  await startNodeWasm();
  const opened = headFile ? await openNodeHead(headFile) : null;
  const reading = chosenReading(
    inputConvention,
    opened ? { reading: opened.reading, of: `the head ${basename(headFile!)}` } : undefined,
  );
  const backbone = await openNodeBackbone(model, reading);
  console.error(howItIsFed(backbone, reading));
  const networks = await openPhotoNetworks(models);
  const loaded = opened && (await opened.on(backbone));
  if (loaded && loaded.method !== 'scf') {
    throw new StudioError(
      'bad-config',
      `The head ${basename(headFile!)} was trained by ${loaded.method}, which gives no kappa.`,
      'Name a head of SCF, or compare methods with "scf evaluate".',
    );
  }
  const reader = new FaceReader(backbone, loaded ? [loaded.head] : [], 'full');
  const read = async (path: string): Promise<EmbeddedPicture> => {
    const image = await decodeImage(await bytesOf(path, 'bad-source', 'Check the path.'), path);
    const face = await locateMainFace(image, { policy: reader.policy, networks });
    if (!face) throw noFace(image, basename(path));
    const [read] = (await reader.read([face])) as [FaceReading];
    const kappa = read.concentrations[0]?.[0] ?? null;
    return { path, name: basename(path), found: face.found, kappa, ...read };
  };
  return { read, radius: loaded?.radius ?? 64 };
}
