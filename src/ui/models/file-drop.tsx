import { Button, Group, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { useRef } from 'react';

/** What {@link FileDrop} takes. */
interface FileDropProps {
  readonly label: string;
  readonly hint: string;
  readonly multiple?: boolean;
  readonly disabled: boolean;
  readonly onFiles: (files: File[]) => void;
  /** Asks for a folder; without it none is offered. */
  readonly onFolder?: () => void;
}

/**
 * Where files are dropped or chosen. Browsers know no types for models, so whatever comes is taken
 * and its first bytes decide.
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
    // The button is what keys and screen readers meet; around it lies where a file may be dropped.
    <Dropzone
      openRef={open}
      activateOnClick={false}
      activateOnKeyboard={false}
      enablePointerEvents
      useFsAccessApi={false}
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
