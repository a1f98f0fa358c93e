import { StudioError } from '../../core/studio-error';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import { decodeInBrowser } from '../../faces/decode/decode-in-browser';
import { prepareCrop } from '../../faces/decode/prepare-crop';
import type { FaceKind } from '../../models/heads/ready-head-list';
import type { ReadPicture, SourcePicture } from '../../training/data/held-out/picture-reader';
import { shrunk } from '../../training/data/map/shrunk';
import type { TrainingSession } from '../../training/session/training-session';
import type { RunPicture } from '../protocol';

/** Decodes the few pictures that a person looks at, in this worker. */
const decoder: Pick<CropDecoder, 'decodeCrop'> = {
  decodeCrop: async (encoded, augmentation) =>
    prepareCrop(await decodeInBrowser(encoded), augmentation),
};

/**
 * Pictures of a run, made small.
 * @param side in pixels; it divides 112
 * @returns null for a picture that can't be read; all are null without a run
 * @throws StudioError from the source
 */
export async function smallPictures(
  session: TrainingSession | null,
  wanted: readonly SourcePicture[],
  side: number,
): Promise<(RunPicture | null)[]> {
  if (!session) return wanted.map(() => null);
  const pictures = await session.pictures.read(wanted, decoder);
  return pictures.map((picture) => {
    if (!picture) return null;
    const { crop, ...named } = picture;
    return { ...named, pixels: shrunk(crop, side) };
  });
}

/**
 * One picture of a run, in full, and the source of faces that it is of.
 * @throws StudioError `bad-image` if it can't be read; from the source
 */
export async function runPicture(
  session: TrainingSession | null,
  wanted: SourcePicture,
): Promise<ReadPicture & { readonly faces: FaceKind; readonly source: string }> {
  const [picture] = (await session?.pictures.read([wanted], decoder)) ?? [];
  if (!session || !picture)
    throw new StudioError(
      'bad-image',
      `Picture ${wanted.place} of the run can’t be read again.`,
      'Open the run again under Runs, or choose a sample.',
    );
  const { isDrawn } = await session.pictures.source.info();
  const source = session.config.shards;
  return { ...picture, faces: isDrawn ? 'drawn' : 'photographs', source };
}
