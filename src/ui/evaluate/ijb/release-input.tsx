import { Box, Button, Code, Group, Text } from '@mantine/core';
import { useState, type DragEvent } from 'react';
import { showError } from '../../shell/receive-event';
import { openIjb } from './commands';
import { droppedRelease, pickRelease } from './pick-release';

/** Where a release's folder is picked or dropped. */
export function ReleaseInput({ locked }: { locked: boolean }) {
  const [isOver, setIsOver] = useState(false);
  const pick = async () => {
    const folder = await pickRelease();
    if (folder) openIjb(folder);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    if (locked) return;
    void droppedRelease(event.dataTransfer).then((folder) => {
      if (folder) openIjb(folder);
      else
        showError({
          scope: 'evaluation',
          about: 'ijb',
          error: {
            code: 'bad-source',
            message: 'No folder was dropped, or this browser can’t take hold of a dropped one.',
            nextStep: 'Use the button to pick the folder.',
          },
        });
    });
  };
  return (
    // Keyboards and screen readers use the button; the area around it accepts drops.
    <Box
      py="xs"
      onDragOver={(event: DragEvent) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
      style={{
        borderRadius: 'var(--mantine-radius-md)',
        outline: isOver ? '2px solid var(--scf-confidence)' : undefined,
        outlineOffset: 6,
      }}
    >
      <Group gap="sm">
        <Button variant="default" disabled={locked} onClick={() => void pick()}>
          Pick the release’s folder
        </Button>
        <Text size="sm" c="dimmed">
          or drop it here
        </Text>
      </Group>
      <Text size="sm" c="dimmed" mt={6} maw="62ch">
        The folder that holds <Code>meta</Code>, with three lists, and <Code>loose_crop</Code>, with
        the pictures, as InsightFace packs it. Nothing is sent anywhere.
      </Text>
    </Box>
  );
}
