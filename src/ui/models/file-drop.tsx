import { Button, Group, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { useRef } from 'react';

interface FileDropProps {
  readonly label: string;
  readonly hint: string;
  readonly multiple?: boolean;
  readonly disabled: boolean;
  readonly onFiles: (files: File[]) => void;
  /** Opens a folder picker; without it there is no button for folders. */
  readonly onFolder?: () => void;
}

/**
 * An area where files can be dropped or chosen. Browsers know no MIME types for models, so any file
 * is accepted and its first bytes decide.
 */
export function FileDrop({
  label,
  hint,
  multiple = false,
  disabled,
  onFiles,
  onFolder,
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
        {onFolder && (
          <Button size="xs" variant="default" disabled={disabled} onClick={onFolder}>
            or a folder
          </Button>
        )}
        <Text size="sm" c={disabled ? 'dimmed' : undefined}>
          {hint}
        </Text>
      </Group>
    </Dropzone>
  );
}
