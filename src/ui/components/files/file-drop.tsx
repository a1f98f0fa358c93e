import { Button, Group, Text } from '@mantine/core';
import { Dropzone, type FileWithPath } from '@mantine/dropzone';
import { useRef } from 'react';

interface FileDropProps {
  readonly label: string;
  readonly hint: string;
  readonly multiple?: boolean;
  readonly disabled: boolean;
  readonly onFiles: (files: FileWithPath[]) => void;
  /** A button that opens a folder picker; without it there is none. */
  readonly folder?: { readonly label: string; readonly onPick: () => void };
}

/**
 * An area where files can be dropped or chosen. Browsers know no MIME types for models and sets,
 * so any file is accepted and its first bytes decide.
 */
export function FileDrop({
  label,
  hint,
  multiple = false,
  disabled,
  onFiles,
  folder,
}: FileDropProps) {
  const open = useRef<() => void>(null);
  return (
    // Keyboards and screen readers use the button; the area around it accepts drops.
    <Dropzone
      openRef={open}
      activateOnClick={false}
      activateOnKeyboard={false}
      enablePointerEvents
      useFsAccessApi={false}
      inputProps={{ 'aria-label': label, tabIndex: -1 }}
      multiple={multiple}
      disabled={disabled}
      p="sm"
      onDrop={(files) => files.length > 0 && onFiles(files)}
    >
      <Group gap="sm" justify="center">
        <Button size="xs" variant="default" disabled={disabled} onClick={() => open.current?.()}>
          {label}
        </Button>
        {folder && (
          <Button size="xs" variant="default" disabled={disabled} onClick={folder.onPick}>
            {folder.label}
          </Button>
        )}
        <Text size="sm" c={disabled ? 'dimmed' : undefined}>
          {hint}
        </Text>
      </Group>
    </Dropzone>
  );
}
