import { Alert, Button, List, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { chooseShards } from '../../train/choose-shards';
import { studioStore } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { useConsent } from './consent';
import { foreignOriginsOf } from './origins';
import { Section } from '../../components/section';
import classes from './gallery.module.css';
import { choiceOf, sourceGallery, type GalleryEntry } from './source-gallery';
import { isRunActive } from './use-source';
import { YourFiles } from './your-files';

/** Known sources of faces, and a person's own files. Choosing one sets the next run's shards. */
export function Gallery() {
  const locked = useStudio(isRunActive);
  const shards = useStudio((state) => state.config.shards);
  const [chosen, setChosen] = useState<{ entry: GalleryEntry; changes: readonly string[] } | null>(
    null,
  );
  const { before, dialog } = useConsent();
  const choose = (entry: GalleryEntry) =>
    // A mirror needs consent each time it is chosen, whatever was allowed before: it has terms of
    // its own.
    before(
      entry.isMirror ? foreignOriginsOf(entry.shards, location.href) : [],
      [entry.licence],
      () => {
        const { part, changes } = choiceOf(entry, studioStore.getState().config);
        chooseShards({ shards: entry.shards, part });
        setChosen({ entry, changes });
      },
    );
  return (
    <Section
      title="Where faces come from"
      summary="The studio brings drawn faces to try things with. Yours stay on this machine."
      testId="gallery"
    >
      {locked && (
        <Text size="sm" c="dimmed">
          Another source can be chosen once the run has ended.
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="xl">
        {sourceGallery.map((entry) => (
          <Entry
            key={entry.id}
            entry={entry}
            isChosen={shards === entry.shards}
            locked={locked}
            choose={() => choose(entry)}
          />
        ))}
      </SimpleGrid>
      <div aria-live="polite">{chosen?.entry.shards === shards && <Changes {...chosen} />}</div>
      <YourFiles locked={locked} />
      {dialog}
    </Section>
  );
}

function buttonText({ isMirror }: GalleryEntry, isChosen: boolean): string {
  if (isChosen) return 'Chosen';
  return isMirror ? 'Choose …' : 'Choose';
}

interface EntryProps {
  readonly entry: GalleryEntry;
  readonly isChosen: boolean;
  readonly locked: boolean;
  readonly choose: () => void;
}

function Entry({ entry, isChosen, locked, choose }: EntryProps) {
  return (
    <article aria-label={entry.title} className={classes.entry} data-chosen={isChosen}>
      <Title order={3} size="h5">
        {entry.title}
      </Title>
      <Text size="sm">{entry.holds}</Text>
      <Button
        size="xs"
        variant={isChosen ? 'light' : 'default'}
        leftSection={isChosen && <IconCheck size={14} aria-hidden />}
        disabled={locked}
        onClick={choose}
        aria-pressed={isChosen}
        aria-label={`${isChosen ? 'Chosen' : 'Choose'} ${entry.title}`}
      >
        {buttonText(entry, isChosen)}
      </Button>
      <Text size="xs" c="dimmed">
        <b>Licence.</b> {entry.licence}
      </Text>
      <Text size="xs" c="dimmed">
        <b>Privacy.</b> {entry.privacy}
      </Text>
    </article>
  );
}

function Changes({ entry, changes }: { entry: GalleryEntry; changes: readonly string[] }) {
  return (
    <Alert color="gray" title={`The next run reads ${entry.title}`} data-testid="changes">
      {changes.length === 0 ? (
        'No other setting was changed.'
      ) : (
        <Stack gap={4}>
          Settings that go with it were changed:
          <List size="sm">
            {changes.map((change) => (
              <List.Item key={change}>{change}</List.Item>
            ))}
          </List>
          {entry.isMirror &&
            'With them, training begins on the first shard, not after a pass over all shards.'}
        </Stack>
      )}
    </Alert>
  );
}
