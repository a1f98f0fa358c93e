import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { Dropzone, type FileWithPath } from '@mantine/dropzone';
import { useState } from 'react';
import { chooseShards } from '../../train/choose-shards';
import { filesNamed } from './shards-chosen';
import { FaultAlert } from '../../components/fault-alert';
import { bytes, counted } from '../../components/format';
import { pickFolder, ShardsInput } from '../../train/shards-field';
import { useStudio } from '../../shell/use-studio';
import { droppedFiles, recognise, type Recognised } from './recognise-files';

/** Input for a person's own files or folder, dropped or picked, or for an address. */
export function YourFiles({ locked }: { locked: boolean }) {
  const [unread, setUnread] = useState<string | null>(null);
  const show = (recognised: Recognised) => setUnread(recognised.form ? null : recognised.sentence);
  const drop = (dropped: FileWithPath[]) => {
    if (dropped.length === 0) return;
    const { name, files } = droppedFiles(dropped);
    const recognised = recognise(name, files);
    if (recognised.form) chooseShards({ shards: filesNamed(name), files });
    show(recognised);
  };
  const pick = async () => {
    const recognised = await pickFolder();
    if (recognised) show(recognised);
  };
  return (
    <Stack gap="xs">
      <Title order={3} size="h5" mt="sm">
        Your files
      </Title>
      <Group align="stretch" gap="sm">
        {/* With the File System Access API a drop would give no folders. */}
        <Dropzone
          onDrop={drop}
          disabled={locked}
          useFsAccessApi={false}
          p="sm"
          style={{ flex: '1 1 16rem' }}
          aria-label="Your files"
          inputProps={{ 'aria-label': 'Your files', tabIndex: -1 }}
          data-testid="your-files"
        >
          <Text size="sm" ta="center">
            Drop a folder or files here, or click to choose files
          </Text>
          <Text size="xs" ta="center" c="dimmed">
            .rec (with its .idx, if you have it), .tar, .parquet, or one folder of pictures for each
            person. Zip files are not read: unpack them first. Your files stay on this machine.
          </Text>
        </Dropzone>
        <Button variant="default" h="auto" mih={36} disabled={locked} onClick={() => void pick()}>
          Pick a folder
        </Button>
      </Group>
      {unread && (
        <FaultAlert fault={{ message: unread, nextStep: '' }} onDismiss={() => setUnread(null)} />
      )}
      <div aria-live="polite">{!unread && <PickedNow />}</div>
      <ShardsInput
        label="Or an address"
        description={
          'A manifest.json, a .rec with its .idx in the same folder, or a pattern of .tar or ' +
          '.parquet files'
        }
        disabled={locked}
      />
    </Stack>
  );
}

/** What the picked files were recognised as. */
function PickedNow() {
  const shards = useStudio((state) => state.config.shards);
  const files = useStudio((state) => state.files);
  if (!shards.startsWith('files:')) return null;
  const name = shards.slice('files:'.length);
  if (files.length === 0) {
    return (
      <Text size="sm" c="orange">
        Pick “{name}” again: a page loses its files when it is reloaded.
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
