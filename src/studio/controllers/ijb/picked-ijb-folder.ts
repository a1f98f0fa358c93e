import { messageOf, StudioError } from '../../../core/studio-error';
import type { IjbFolder } from '../../../inference/evaluation/ijb/ijb-release';
import type { PickedIjb } from '../../protocol/ijb';

/** Where the pictures of a release lie, and its lists. */
const [PICTURES, LISTS] = ['loose_crop', 'meta'] as const;

/** A release's folder as it was picked in the page. */
export function pickedIjbFolder(picked: PickedIjb): IjbFolder {
  switch (picked.kind) {
    case 'handle':
      return handleFolder(picked.handle);
    case 'files':
      return fileFolder(picked);
    default:
      return picked satisfies never;
  }
}

/** Looks into a folder where a file is needed, so that nothing is listed but its names. */
function handleFolder(root: FileSystemDirectoryHandle): IjbFolder {
  let pictures: Promise<FileSystemDirectoryHandle> | null = null;
  const fileIn = async (folder: FileSystemDirectoryHandle, name: string) =>
    (await folder.getFileHandle(name)).getFile();
  return {
    name: root.name,
    lists: async () => {
      const meta = await folderIn(root, LISTS);
      if (!meta) throw noRelease(root.name, await namesIn(root, 'directory'));
      return namesIn(meta, 'file');
    },
    list: (name) => piecesOf(name, async () => fileIn(await root.getDirectoryHandle(LISTS), name)),
    async *pictures() {
      const folder = await folderIn(root, PICTURES);
      if (folder) for await (const name of folder.keys()) yield name;
    },
    picture: (name) =>
      reading(name, async () => {
        pictures ??= root.getDirectoryHandle(PICTURES);
        return fileIn(await pictures, name);
      }),
  };
}

function fileFolder({ name, files }: Extract<PickedIjb, { kind: 'files' }>): IjbFolder {
  const byPath = new Map(files.map(({ path, file }) => [path, file]));
  const below = (folder: string) =>
    [...byPath.keys()]
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1));
  const fileAt = (path: string): File => {
    const file = byPath.get(path);
    if (file) return file;
    throw new DOMException(`There is no ${path}.`, 'NotFoundError');
  };
  return {
    name,
    lists: async () => {
      const lists = below(LISTS);
      if (lists.length > 0) return lists;
      const folders = [...byPath.keys()].map((path) => path.split('/')[0]!);
      throw noRelease(name, [...new Set(folders)]);
    },
    list: (list) => piecesOf(list, async () => fileAt(`${LISTS}/${list}`)),
    async *pictures() {
      yield* below(PICTURES);
    },
    picture: (picture) => reading(picture, async () => fileAt(`${PICTURES}/${picture}`)),
  };
}

/** A file of a release, in pieces. @throws StudioError `bad-source` */
async function* piecesOf(name: string, open: () => Promise<File>): AsyncGenerator<Uint8Array> {
  const file = await open().catch((cause: unknown) => {
    throw unreadable(name, cause);
  });
  const reader = file.stream().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw unreadable(name, cause);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The bytes of a picture. @throws StudioError `bad-source` */
async function reading(name: string, open: () => Promise<File>): Promise<Uint8Array> {
  try {
    return new Uint8Array(await (await open()).arrayBuffer());
  } catch (cause) {
    throw unreadable(`${PICTURES}/${name}`, cause);
  }
}

/** A folder in a folder; null if there is none. */
const folderIn = (
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<FileSystemDirectoryHandle | null> =>
  folder.getDirectoryHandle(name).catch((thrown: unknown) => {
    if (isMissing(thrown)) return null;
    throw unreadable(name, thrown);
  });

async function namesIn(
  folder: FileSystemDirectoryHandle,
  kind: FileSystemHandleKind,
): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of folder.values()) if (entry.kind === kind) names.push(entry.name);
  return names;
}

const isMissing = (thrown: unknown): boolean =>
  thrown instanceof DOMException &&
  (thrown.name === 'NotFoundError' || thrown.name === 'TypeMismatchError');

function unreadable(what: string, cause: unknown): StudioError {
  const found = isMissing(cause)
    ? `${what} isn't in the folder.`
    : `${what} can't be read (${messageOf(cause)}).`;
  return new StudioError('bad-source', found, 'Pick the folder again.', { cause });
}

/** Folders that are named in a message. */
const MAX_NAMED = 4;

/** @param folders what the picked folder holds instead */
function noRelease(name: string, folders: readonly string[]): StudioError {
  const more = folders.length > MAX_NAMED ? ' …' : '';
  const held =
    folders.length > 0 ? `It holds ${folders.slice(0, MAX_NAMED).join(', ')}${more}.` : '';
  return new StudioError(
    'bad-source',
    `${name} has no folder meta, which holds a release's three lists. ${held}`.trim(),
    'Pick the folder that holds meta and loose_crop.',
  );
}
