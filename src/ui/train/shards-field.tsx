import { Button, Stack, Text, TextInput, type TextInputProps } from '@mantine/core';
import { directoryOpen } from 'browser-fs-access';
import { useState } from 'react';
import { pickedFiles } from '../../faces/sources/folder/local-file';
import { chooseShards } from './choose-shards';
import { filesNamed } from '../data/sources/shards-chosen';
import { recognise, type Recognised } from '../data/sources/recognise-files';
import { pickOrReport } from '../components/files/pick-or-report';
import { useStudio } from '../shell/use-studio';

/**
 * Lets a person pick a folder, and chooses it if the studio can read it.
 * @returns what it was recognised as; null if nothing was picked
 */
export async function pickFolder(): Promise<Recognised | null> {
  const files = await pickOrReport(directoryOpen({ recursive: true }), 'data');
  if (!files || files.length === 0) return null;
  const name = (files as File[])[0]!.webkitRelativePath.split('/')[0] || 'folder';
  const picked = pickedFiles(files as File[]);
  const recognised = recognise(name, picked);
  if (recognised.form) chooseShards({ shards: filesNamed(name), files: picked });
  return recognised;
}

/** A text input for the address of the next run's shards. */
export function ShardsInput(props: TextInputProps) {
  const shards = useStudio((state) => state.config.shards);
  return (
    <TextInput
      {...props}
      value={shards}
      onChange={(event) => chooseShards({ shards: event.currentTarget.value })}
    />
  );
}

/** The input for the next run's shards: an address, or a folder. */
export function ShardsField({ locked }: { locked: boolean }) {
  const [unread, setUnread] = useState<string | null>(null);
  const pick = async () => {
    const recognised = await pickFolder();
    if (recognised) setUnread(recognised.form ? null : recognised.sentence);
  };
  return (
    <Stack gap={4}>
      <ShardsInput
        label="Pictures"
        description="What is learnt from: shards at an address, or one folder for each person."
        size="sm"
        disabled={locked}
      />
      <Button size="compact-sm" variant="light" disabled={locked} onClick={() => void pick()}>
        Pick a folder
      </Button>
      {unread && (
        <Text size="sm" c="red" role="alert">
          {unread}
        </Text>
      )}
    </Stack>
  );
}
