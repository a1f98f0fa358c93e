import { trainedMethodNames, type TrainedMethodName } from '../../confidence/confidence-method';
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

/**
 * Checks the parsed JSON of the list.
 * @param where the list's path, for the error
 * @throws StudioError `bad-checkpoint`
 */
export function parseReadyHeads(list: unknown, where: string): readonly ReadyHeadEntry[] {
  if (Array.isArray(list) && list.every(isEntry)) return list;
  throw new StudioError(
    'bad-checkpoint',
    `${where} is no list of heads; objects with "method", "file" and "faces" were expected.`,
    'Build the studio again.',
  );
}

function isEntry(each: unknown): each is ReadyHeadEntry {
  const { method, file, faces } = (each ?? {}) as Partial<Record<keyof ReadyHeadEntry, unknown>>;
  return (
    trainedMethodNames.some((name) => name === method) &&
    faceKinds.some((kind) => kind === faces) &&
    typeof file === 'string' &&
    /^[\w.-]+$/.test(file)
  );
}
