import { count } from '../../core/number-words';
import { messageOf, StudioError } from '../../core/studio-error';
import type { RgbImage } from '../../faces/face-record';
import { readQualityScores, requireQualitySize } from '../../formats/pairs/quality-scores';
import { binSet, folderSet, type EvaluationSet } from '../../inference/evaluation/evaluation-set';
import type { QualityFile } from '../../inference/evaluation/external-qualities';
import type { EvaluationRequest, QualityRequest } from '../protocol';

/** Bytes of a set's file, which is held in memory whole. The published sets have a twentieth. */
const MAX_FILE_BYTES = 2 ** 31 - 1;

/** Decodes a picture. @throws StudioError `bad-image` */
export type Decode = (bytes: Uint8Array, name: string) => Promise<RgbImage>;

/** Opens the set of files that a person picked. @throws StudioError `bad-source` */
export async function openSet(
  { name, files, pairs, fromFolders }: EvaluationRequest,
  decode: Decode,
): Promise<EvaluationSet> {
  if (pairs && /\.bin$/i.test(pairs.name)) return binSet(pairs.name, await bytesOf(pairs), decode);
  const byPath = new Map(files.map(({ path, file }) => [path, file]));
  return folderSet({
    name,
    paths: [...byPath.keys()],
    list: pairs && { name: pairs.name, text: new TextDecoder().decode(await bytesOf(pairs)) },
    fromFolders,
    decode: async (path) => decode(await bytesOf(byPath.get(path)!), path),
  });
}

/** Opens a text of qualities. @throws StudioError `bad-source` */
export async function openQuality({
  name,
  file,
  lowerIsBetter,
}: QualityRequest): Promise<QualityFile> {
  requireQualitySize(file.size, file.name);
  const scores = readQualityScores(await bytesOf(file), file.name);
  return { name, file: file.name, lowerIsBetter, scores };
}

async function bytesOf(file: File): Promise<Uint8Array> {
  if (file.size > MAX_FILE_BYTES)
    throw new StudioError(
      'bad-source',
      `${file.name} has ${count(file.size)} bytes; at most ${count(MAX_FILE_BYTES)} can be held.`,
      'Choose a smaller set.',
    );
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new StudioError(
      'bad-source',
      `${file.name} can't be read (${messageOf(cause)}).`,
      'Choose it again.',
      { cause },
    );
  }
}
