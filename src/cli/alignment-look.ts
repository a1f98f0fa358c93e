import type { FaceSource } from '../faces/face-source';
import { type AlignmentSample, alignmentSentence } from '../inference/align/alignment';
import { alignmentOfRecords, alignmentOfSource } from '../inference/align/alignment-sample';
import { StudioError } from '../core/studio-error';
import { decodeImage } from './node/decode-image';
import { startNodeWasm } from './node/node-backend';
import { openPhotoNetworks } from './node/node-models';

/** What a look at a few pictures showed, in a sentence; `sample` is null if nothing was seen. */
export interface AlignmentLook {
  readonly sample: AlignmentSample | null;
  readonly sentence: string;
}

/** Decides which pictures of a source are looked at: the same for all commands. */
const SEED = 777;

/**
 * Looks whether the pictures of a source are aligned. Without the networks that find faces, the
 * sentence says that it didn't.
 * @param models folder of those networks
 * @throws StudioError from the source
 */
export const lookAtSource = (source: FaceSource, models: string): Promise<AlignmentLook> =>
  withNetworks(models, (look) => alignmentOfSource(source, { seed: SEED, ...look }));

/** As {@link lookAtSource}, for encoded pictures at hand. */
export const lookAtPictures = (
  pictures: readonly Uint8Array[],
  models: string,
): Promise<AlignmentLook> =>
  withNetworks(models, (look) =>
    alignmentOfRecords(
      pictures.map((encoded) => ({ encoded })),
      look,
    ),
  );

async function withNetworks(
  models: string,
  look: (how: Parameters<typeof alignmentOfRecords>[1]) => Promise<AlignmentSample | null>,
): Promise<AlignmentLook> {
  await startNodeWasm();
  const networks = await openPhotoNetworks(models).catch((thrown: unknown) => {
    if (thrown instanceof StudioError && thrown.code === 'bad-model') return thrown;
    throw thrown;
  });
  if (networks instanceof StudioError)
    return {
      sample: null,
      sentence:
        `Not looked whether the pictures are aligned: ${networks.message} ` + networks.nextStep,
    };
  const sample = await look({ decode: (encoded) => decodeImage(encoded), networks });
  return {
    sample,
    sentence: sample ? alignmentSentence(sample) : 'None of the first pictures can be decoded.',
  };
}

/** The command that aligns a source into shards. */
export const alignCommand = (source: string, { remedy }: AlignmentSample): string =>
  `scf pack --source ${source} --out aligned --align${remedy === 'always' ? ' always' : ''}`;
