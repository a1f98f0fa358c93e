import { Button, Group, Text } from '@mantine/core';
import { Dropzone, type FileWithPath } from '@mantine/dropzone';
import { directoryOpen } from 'browser-fs-access';
import { useRef } from 'react';
import { pickedFiles, type PickedFile } from '../../../faces/sources/folder/local-file';
import { droppedFiles } from '../../data/sources/recognise-files';
import { pickOrReport } from '../../components/pick-or-report';
import type { PickedSet } from './picked-set';

/** Where a set is picked or dropped. */
export function SetInput({
  set,
  locked,
  onPick,
}: {
  set: PickedSet | null;
  locked: boolean;
  /** @param before the set that a list picked alone belongs to */
  onPick: (name: string, files: readonly PickedFile[], before: PickedSet | null) => void;
}) {
  const open = useRef<() => void>(null);
  const drop = (dropped: FileWithPath[]) => {
    if (dropped.length === 0) return;
    const { name, files } = droppedFiles(dropped);
    onPick(name, files, set);
  };
  const pickFolder = async () => {
    const picking = directoryOpen({ recursive: true });
    const files = (await pickOrReport(picking, 'evaluation', 'own-set')) as File[] | null;
    if (files && files.length > 0)
      onPick(files[0]!.webkitRelativePath.split('/')[0] || 'folder', pickedFiles(files), null);
  };
  return (
    // Keyboards and screen readers use the buttons; the area around them accepts drops.
    <Dropzone
      openRef={open}
      activateOnClick={false}
      activateOnKeyboard={false}
      enablePointerEvents
      useFsAccessApi={false}
      inputProps={{ 'aria-hidden': true }}
      disabled={locked}
      p="md"
      onDrop={drop}
    >
      <Group gap="sm">
        <Button variant="default" disabled={locked} onClick={() => void pickFolder()}>
          Pick a folder
        </Button>
        <Button variant="default" disabled={locked} onClick={() => open.current?.()}>
          Choose files
        </Button>
        <Text size="sm" c="dimmed">
          or drop them here
        </Text>
      </Group>
    </Dropzone>
  );
}
