import { useState } from 'react';
import { StudioError } from '../../../core/studio-error';
import type { PickedFile } from '../../../faces/sources/folder/local-file';
import type { QualityRequest } from '../../../studio/protocol';
import { showError } from '../../shell/receive-event';
import { dismissErrorsAbout } from '../../shell/studio-store';
import type { ChosenSet } from './own-settings';
import { pickedSet, type PickedSet } from './picked-set';
import { splitQualities } from './split-qualities';

/** The set that was picked last, with the qualities that were added to it. */
export interface PickedChoice {
  /** null before one was picked. */
  readonly chosen: ChosenSet | null;
  readonly qualities: readonly QualityRequest[];
  /** @param before the set that a list picked alone belongs to */
  readonly pick: (
    name: string,
    files: readonly PickedFile[],
    before: PickedSet | null,
  ) => Promise<void>;
  readonly chooseList: (list: number) => void;
  readonly changeQualities: (qualities: readonly QualityRequest[]) => void;
}

/** Recognises what is picked. What is no set is refused in the place of the drop. */
export function usePickedSet(): PickedChoice {
  const [set, setSet] = useState<PickedSet | null>(null);
  const [list, setList] = useState(0);
  const [qualities, setQualities] = useState<readonly QualityRequest[]>([]);
  const pick: PickedChoice['pick'] = async (name, files, before) => {
    dismissErrorsAbout('own-set');
    try {
      const { qualities: added, others } = await splitQualities(files);
      const isAdded = ({ file }: QualityRequest) =>
        added.some((each) => each.file.name === file.name);
      setQualities((known) => [...known.filter((each) => !isAdded(each)), ...added]);
      if (others.length === 0) return;
      setSet(pickedSet(name, others, before));
      setList(0);
    } catch (thrown) {
      const error = StudioError.record(thrown, 'bad-source', 'Choose other files.');
      showError({ scope: 'evaluation', about: 'own-set', error });
    }
  };
  return {
    chosen: set && { set, list, qualities },
    qualities,
    pick,
    chooseList: setList,
    changeQualities: setQualities,
  };
}
