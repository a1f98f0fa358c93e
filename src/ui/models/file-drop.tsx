import { Button, Group, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { useRef } from 'react';

/** Where files are dropped or chosen. Browsers know no types for models, so whatever comes is taken and its first bytes decide. */
export function FileDrop({ label, hint, multiple = false, disabled, onFiles }: { label: string; hint: string; multiple?: boolean; disabled: boolean; onFiles: (files: File[]) => void }) {
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
        <Text size="sm" c={disabled ? 'dimmed' : undefined}>
          {hint}
        </Text>
      </Group>
    </Dropzone>
  );
}
