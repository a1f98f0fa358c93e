import type { FileWithPath } from '@mantine/dropzone';
import { StudioError } from '../../../core/studio-error';
import { directoryOpen } from 'browser-fs-access';
import { pickedFiles, type PickedFile } from '../../../faces/sources/folder/local-file';
import type { QualityRequest } from '../../../studio/protocol';
import { pickOrReport } from '../../components/files/pick-or-report';
import { droppedFiles } from '../../data/sources/recognise-files';
import { showError } from '../../shell/receive-event';
import { dismissErrorsAbout, studioStore } from '../../shell/studio-store';
import type { OwnSetState } from './own-slice';
import { pickedSet, type PickedSet } from './picked-set';
import { splitQualities } from './split-qualities';

/** Changes what is chosen of a person's own set. */
export function changeOwnSet(changes: Partial<OwnSetState>): void {
  studioStore.setState(({ ownSet }) => ({ ownSet: { ...ownSet, ...changes } }));
}

/** Takes what was dropped or chosen. A list of pairs alone belongs to the set before. */
export async function dropOwnSet(dropped: FileWithPath[]): Promise<void> {
  const { name, files } = droppedFiles(dropped);
  await takeOwnSet(name, files, studioStore.getState().ownSet.set);
}

/** Lets a person pick the folder of a set. */
export async function pickOwnFolder(): Promise<void> {
  const picking = directoryOpen({ recursive: true });
  const files = (await pickOrReport(picking, 'evaluation', 'own-set')) as File[] | null;
  if (files && files.length > 0)
    await takeOwnSet(
      files[0]!.webkitRelativePath.split('/')[0] || 'folder',
      pickedFiles(files),
      null,
    );
}

/** Recognises what was picked. What is no set is refused in the place of the drop. */
async function takeOwnSet(
  name: string,
  files: readonly PickedFile[],
  before: PickedSet | null,
): Promise<void> {
  dismissErrorsAbout('own-set');
  try {
    const { qualities: added, others } = await splitQualities(files);
    const isAdded = ({ file }: QualityRequest) =>
      added.some((each) => each.file.name === file.name);
    const { qualities } = studioStore.getState().ownSet;
    changeOwnSet({ qualities: [...qualities.filter((each) => !isAdded(each)), ...added] });
    if (others.length > 0) changeOwnSet({ set: pickedSet(name, others, before), list: 0 });
  } catch (thrown) {
    const error = StudioError.record(thrown, 'bad-source', 'Choose other files.');
    showError({ scope: 'evaluation', about: 'own-set', error });
  }
}
