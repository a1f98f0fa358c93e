import { Button, Group, List, Modal, Progress, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { RunsListing } from '../../../studio/protocol/runs';
import { bytes, counted } from '../../components/format';
import { Section } from '../../components/section';
import { keptRuns } from '../commands';
import { PlaceError } from '../place-error';
import { boundChoices, cutAt } from './runs-space';

/** Runs that are named before "and 3 more". */
const MAX_NAMED = 5;

/** What the runs take up, their bound, and what would be thrown away first. */
export function SpaceSection({ listing }: { listing: RunsListing }) {
  const { bytes: used, quotaBytes, firstToGo } = listing.space;
  /** A bound that would throw runs away, which waits for confirmation. */
  const [lower, setLower] = useState<number | null>(null);
  const share = quotaBytes > 0 ? Math.min(100, (100 * used) / quotaBytes) : 0;
  const choose = (bound: number) => {
    if (cutAt(bound, listing).runs.length > 0) setLower(bound);
    else void keptRuns.setBound(bound);
  };
  const first = listing.runs.find(({ id }) => id === firstToGo[0]);
  return (
    <Section title="Room for runs" testId="runs-space">
      <PlaceError place="space" />
      <Stack gap={4}>
        <Progress value={share} aria-label="Share of the bound for runs that is used" />
        <Text size="sm">
          {counted(listing.runs.length, 'run')}, {bytes(used)} of {bytes(quotaBytes)}.{' '}
          {first
            ? `At the bound ${first.name} would be thrown away first; a starred run never is.`
            : 'Starred runs are never thrown away.'}
        </Text>
      </Stack>
      <Select
        label="All runs together, at most"
        size="xs"
        w={200}
        data={boundChoices(quotaBytes)}
        value={String(quotaBytes)}
        allowDeselect={false}
        onChange={(value) => value !== null && choose(Number(value))}
      />
      <Modal
        opened={lower !== null}
        onClose={() => setLower(null)}
        title="Keep fewer runs?"
        centered
      >
        {lower !== null && (
          <Cut
            bound={lower}
            listing={listing}
            close={() => setLower(null)}
            agree={() => {
              setLower(null);
              void keptRuns.setBound(lower);
            }}
          />
        )}
      </Modal>
    </Section>
  );
}

function Cut({
  bound,
  listing,
  close,
  agree,
}: {
  bound: number;
  listing: RunsListing;
  close: () => void;
  agree: () => void;
}) {
  const { runs, leftBytes } = cutAt(bound, listing);
  return (
    <Stack gap="sm">
      <Text size="sm">To keep {bytes(bound)} at most, these are thrown away for good:</Text>
      <List size="sm">
        {runs.slice(0, MAX_NAMED).map(({ id, name, bytes: size }) => (
          <List.Item key={id} style={{ overflowWrap: 'anywhere' }}>
            {name}, {bytes(size)}
          </List.Item>
        ))}
        {runs.length > MAX_NAMED && <List.Item>and {runs.length - MAX_NAMED} more</List.Item>}
      </List>
      {leftBytes > bound && (
        <Text size="sm">What is left are starred runs; they take {bytes(leftBytes)} and stay.</Text>
      )}
      <Group>
        <Button size="xs" color="red.9" onClick={agree}>
          Throw them away
        </Button>
        <Button size="xs" variant="default" onClick={close} data-autofocus>
          Keep them
        </Button>
      </Group>
    </Stack>
  );
}
