import { join } from 'node:path';
import { messageOf, StudioError } from '../../core/studio-error';
import {
  faceKinds,
  parseReadyHeads,
  READY_HEAD_LIST,
  type FaceKind,
  type ReadyHeadEntry,
} from '../../models/heads/ready-head-list';
import { bytesOf } from '../node/node-models';

/** Folder of the heads that come with the studio. */
const FOLDER = 'public/heads';

/** A head that comes with the studio, with its path. */
export interface ReadyHead extends ReadyHeadEntry {
  readonly path: string;
}

/** The faces whose heads a value of `--head` names; null for a file's path. */
export const readyKind = (word: string): FaceKind | null =>
  faceKinds.find((kind) => kind === word) ?? null;

/**
 * The heads that come with the studio and were trained on this kind of faces.
 * @throws StudioError `bad-checkpoint` if the list can't be read, or has none of this kind
 */
export async function readyHeads(faces: FaceKind): Promise<ReadyHead[]> {
  const where = join(FOLDER, READY_HEAD_LIST);
  const nextStep = 'Run scf in the folder of the studio, or name a head with --head.';
  const text = new TextDecoder().decode(await bytesOf(where, 'bad-checkpoint', nextStep));
  const entries = parseReadyHeads(parsed(text, where), where).filter(
    (entry) => entry.faces === faces,
  );
  if (entries.length > 0)
    return entries.map((entry) => ({ ...entry, path: join(FOLDER, entry.file) }));
  throw new StudioError(
    'bad-checkpoint',
    `${where} lists no head for faces of the kind "${faces}".`,
    'Name the file of a head with --head.',
  );
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StudioError(
      'bad-checkpoint',
      `${where} is no JSON (${messageOf(cause)}).`,
      'Build the studio again.',
      { cause },
    );
  }
}
