import type { FaceReader, FaceReading } from './face-reader';
import { degradedFace, type LocatedFace } from './locate-face';
import { locatePictures, type LocatePicturesOptions, type LostPicture } from './locate-pictures';
import type { PictureTask } from './picture-plan';

/** Options of {@link readPictures}. */
export interface ReadPicturesOptions extends Omit<LocatePicturesOptions, 'policy'> {
  /** Its policy says which views of each face are read. */
  readonly reader: FaceReader;
  /** Called with the number of pictures done. */
  readonly onProgress?: (done: number) => void;
}

/** The faces read from a plan's pictures. */
export interface ReadPictures {
  /** [picture][variant]; null for a lost picture. */
  readonly faces: readonly (readonly FaceReading[] | null)[];
  readonly lost: readonly LostPicture[];
  /** Pictures with several faces, of which the main one was read. */
  readonly severalFaces: number;
  /** Pictures that were turned by 90°, 180° or 270° to make their face upright. */
  readonly turned: number;
  /** false if it was stopped before the last picture. */
  readonly complete: boolean;
}

/** Faces sent to the reader in one call. */
const FACES_PER_CALL = 32;

/**
 * Decodes, aligns, degrades and reads the pictures of a plan, each decoded once.
 * @throws StudioError what the backbone throws; `signal`'s reason
 */
export async function readPictures(
  tasks: readonly PictureTask[],
  { reader, onProgress, ...options }: ReadPicturesOptions,
): Promise<ReadPictures> {
  const faces: (FaceReading[] | null)[] = tasks.map(() => null);
  const lost: LostPicture[] = [];
  let [severalFaces, turned] = [0, 0];
  let waiting: {
    readonly picture: number;
    readonly variant: number;
    readonly face: LocatedFace;
  }[] = [];
  const flush = async () => {
    const readings = await reader.read(waiting.map(({ face }) => face));
    waiting.forEach(({ picture, variant }, row) => {
      const variants = (faces[picture] ??= []);
      variants[variant] = readings[row]!;
    });
    waiting = [];
  };
  let done = 0;
  const names = tasks.map(({ picture }) => picture);
  const { policy } = reader;
  for await (const { index, face, loss } of locatePictures(names, { policy, ...options })) {
    if (face) {
      if ((face.found?.faces ?? 1) > 1) severalFaces++;
      if ((face.found?.face.turned ?? 0) !== 0) turned++;
      for (const [variant, augmentation] of tasks[index]!.variants.entries()) {
        const shown = augmentation ? degradedFace(face, augmentation) : face;
        waiting.push({ picture: index, variant, face: shown });
        if (waiting.length === FACES_PER_CALL) await flush();
      }
    } else {
      lost.push(loss);
    }
    done++;
    onProgress?.(done);
  }
  if (waiting.length > 0) await flush();
  return { faces, lost, severalFaces, turned, complete: done === tasks.length };
}
