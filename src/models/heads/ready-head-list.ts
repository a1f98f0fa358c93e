import * as v from 'valibot';
import { trainedMethodNames, type TrainedMethodName } from '../../confidence/confidence-method';
import {
  choice,
  fitted,
  list,
  misfitWords,
  object,
  text,
  type Schema,
} from '../../core/schema/schema';
import { StudioError } from '../../core/studio-error';

/** What the faces that a head was trained on are. Its κ means little on the other kind. */
export const faceKinds = ['photographs', 'drawn'] as const;
export type FaceKind = (typeof faceKinds)[number];

/** A kind of faces, completing "the studio's head for …". */
export const faceKindWords: Readonly<Record<FaceKind, string>> = {
  photographs: 'photographs',
  drawn: 'drawn faces',
};

/** Name of the list, in the folder of the heads that come with the studio. */
export const READY_HEAD_LIST = 'heads.json';

/** A head that comes with the studio. */
export interface ReadyHeadEntry {
  readonly method: TrainedMethodName;
  /** Its file's name, in the folder of the list. */
  readonly file: string;
  readonly faces: FaceKind;
}

/** A name without a folder: the file lies beside the list. */
const fileName = v.pipe(text, v.regex(/^[\w.-]+$/, 'the name of a file beside the list'));
const readyHeads: Schema<ReadyHeadEntry[]> = list(
  object({ method: choice(trainedMethodNames), file: fileName, faces: choice(faceKinds) }),
);

/**
 * Checks the parsed JSON of the list.
 * @param where the list's path, for the error
 * @throws StudioError `bad-checkpoint`
 */
export function parseReadyHeads(found: unknown, where: string): readonly ReadyHeadEntry[] {
  return fitted(
    readyHeads,
    found,
    (misfit) =>
      new StudioError(
        'bad-checkpoint',
        `${where} is no list of heads: ${misfitWords(misfit)}.`,
        'Build the studio again.',
      ),
  );
}
