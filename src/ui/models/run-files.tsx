import { Button, Group, Text } from '@mantine/core';
import type { ExportKind } from '../../studio/protocol';
import { useStudio } from '../shell/use-studio';
import { exportRun } from './commands';

const files: readonly {
  readonly what: ExportKind;
  readonly label: string;
  readonly hint: string;
}[] = [
  { what: 'head', label: 'Download the head', hint: 'safetensors, with settings and validation' },
  {
    what: 'checkpoint',
    label: 'Checkpoint for PyTorch',
    hint: 'ckpt_e….pt, as the published code writes it',
  },
  { what: 'run', label: 'The whole run', hint: 'safetensors that this studio resumes from' },
];

/** Buttons that download files of the loaded run. */
export function RunFiles() {
  const hasRun = useStudio((state) => state.isRunLoaded);
  return (
    <Group gap="xs">
      {files.map(({ what, label, hint }) => (
        <Button
          key={what}
          size="xs"
          variant="default"
          disabled={!hasRun}
          title={hint}
          onClick={() => exportRun(what)}
        >
          {label}
        </Button>
      ))}
      {!hasRun && (
        <Text size="xs" c="dimmed">
          Once a run has begun, or a saved one has been opened, it can be downloaded.
        </Text>
      )}
    </Group>
  );
}
