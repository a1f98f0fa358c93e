import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import { Dropzone, type FileWithPath } from '@mantine/dropzone';
import { useState } from 'react';
import { chooseShards, filesNamed } from '../../train/choose-shards';
import { bytes, counted } from '../../components/format';
import { pickFolder, ShardsInput } from '../../train/shards-field';
import { useStudio } from '../../shell/use-studio';
import { droppedFiles, recognise, type Recognised } from './picked-form';

/** Files or a folder of a person's own, dropped or picked, or an address. */
export function YourFiles({ locked }: { locked: boolean }) {
  const [unread, setUnread] = useState<string | null>(null);
  const heed = (recognised: Recognised) => setUnread(recognised.form ? null : recognised.sentence);
  const drop = (dropped: FileWithPath[]) => {
    if (dropped.length === 0) return;
    const { name, files } = droppedFiles(dropped);
    const recognised = recognise(name, files);
    if (recognised.form) chooseShards({ shards: filesNamed(name), files });
    heed(recognised);
  };
  const pick = async () => {
    const recognised = await pickFolder();
    if (recognised) heed(recognised);
  };
  return (
    <Stack gap="xs">
      <Title order={3} size="h6">
        Your files
      </Title>
      <Group align="stretch" gap="sm">
        {/* The browser's own list of files: the other way in gives no folders on a drop. */}
        <Dropzone
          onDrop={drop}
          disabled={locked}
          useFsAccessApi={false}
          p="sm"
          style={{ flex: '1 1 16rem' }}
          aria-label="Your files"
          data-testid="your-files"
        >
          <Text size="sm" ta="center">
            Drop a folder or files here, or click to choose files
          </Text>
          <Text size="xs" ta="center" c="dimmed">
            .rec (its .idx too, where there is one), .tar, .parquet, or folders of pictures, one a
            person. A zip is not read: unpack it first. They stay on this machine.
          </Text>
        </Dropzone>
        <Button variant="default" h="auto" mih={36} disabled={locked} onClick={() => void pick()}>
          Pick a folder
        </Button>
      </Group>
      {unread && (
        <Alert
          role="alert"
          color="red"
          withCloseButton
          closeButtonLabel="Dismiss"
          onClose={() => setUnread(null)}
        >
          {unread}
        </Alert>
      )}
      <div aria-live="polite">{!unread && <PickedNow />}</div>
      <ShardsInput
        label="Or an address"
        description="A manifest.json, a .rec with its .idx beside it, or a pattern of .tar or .parquet files"
        disabled={locked}
      />
    </Stack>
  );
}

/** What the picked files were taken for. */
function PickedNow() {
  const shards = useStudio((state) => state.config.shards);
  const files = useStudio((state) => state.files);
  if (!shards.startsWith('files:')) return null;
  const name = shards.slice('files:'.length);
  if (files.length === 0) {
    return (
      <Text size="sm" c="orange">
        “{name}” has to be picked again: a page may not keep hold of files.
      </Text>
    );
  }
  return (
    <Text size="sm" style={{ overflowWrap: 'anywhere' }} data-testid="recognised">
      {recognise(name, files).sentence} {counted(files.length, 'file')} of “{name}”,{' '}
      {bytes(files.reduce((sum, { file }) => sum + file.size, 0))}.
    </Text>
  );
}
