import { StudioError } from '../../../core/studio-error';
import type { PickedFile } from '../../../faces/sources/folder/local-file';
import type { QualityRequest } from '../../../studio/protocol';
import { showError } from '../../shell/receive-event';
import { dismissErrorsAbout, studioStore } from '../../shell/studio-store';
import type { OwnSetState } from './own-slice';
import { pickedSet, type PickedSet } from './picked-set';
import { splitQualities } from './split-qualities';

/** Changes what is chosen of a person's own set. */
export function changeOwnSet(changes: Partial<OwnSetState>): void {
  studioStore.setState(({ ownSet }) => ({ ownSet: { ...ownSet, ...changes } }));
}

/**
 * Recognises what was picked. What is no set is refused in the place of the drop.
 * @param before the set that a list picked alone belongs to
 */
export async function pickOwnSet(
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
