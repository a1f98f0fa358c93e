import { directoryOpen } from 'browser-fs-access';
import { pickedFiles } from '../../../faces/sources/folder/local-file';
import type { PickedIjb } from '../../../studio/protocol';
import { pickOrReport } from '../../components/files/pick-or-report';

/** What a release's folder holds that is read. */
const READ = /^(meta|loose_crop)\//;

/**
 * Lets a person pick a release's folder; null if none was picked. Where the browser can, only the
 * folder is taken hold of: a release has half a million files.
 */
export async function pickRelease(): Promise<PickedIjb | null> {
  const { showDirectoryPicker } = window as Window & {
    readonly showDirectoryPicker?: () => Promise<FileSystemDirectoryHandle>;
  };
  if (showDirectoryPicker) {
    const handle = await pickOrReport(showDirectoryPicker(), 'evaluation', 'ijb');
    return handle && { kind: 'handle', handle };
  }
  const picking = directoryOpen({ recursive: true });
  const files = (await pickOrReport(picking, 'evaluation', 'ijb')) as File[] | null;
  const [first] = files ?? [];
  if (!files || !first) return null;
  return {
    kind: 'files',
    name: first.webkitRelativePath.split('/')[0] || 'release',
    files: pickedFiles(files).filter(({ path }) => READ.test(path)),
  };
}

/**
 * The folder of a drop; null if none was dropped, or the browser gives no hold of it. Called while
 * the drop is handled: afterwards the browser forgets what was dropped.
 */
export async function droppedRelease({ items }: DataTransfer): Promise<PickedIjb | null> {
  const handle = await (
    items[0] as DataTransferItem & {
      getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
    }
  )?.getAsFileSystemHandle?.();
  if (handle?.kind !== 'directory') return null;
  return { kind: 'handle', handle: handle as FileSystemDirectoryHandle };
}
