import { Button, Group, List, Modal, Progress, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { cutAt } from '../../../runs/keeping/run-space';
import type { RunsListing } from '../../../studio/protocol/runs';
import { bytes, counted } from '../../components/format';
import { Section } from '../../components/section';
import { keptRuns } from '../commands';
import { PlaceError } from '../place-error';
import { boundChoices } from './runs-space';

/** Runs that are named before "and 3 more". */
const MAX_NAMED = 5;

/** What the runs take up, their bound, and what would be thrown away first. */
export function SpaceSection({ listing }: { listing: RunsListing }) {
  const { bytes: used, quotaBytes, isQuotaChosen } = listing.space;
  /** A bound that would throw runs away, which waits for confirmation. */
  const [lower, setLower] = useState<number | null>(null);
  const share = quotaBytes > 0 ? Math.min(100, (100 * used) / quotaBytes) : 0;
  const choose = (bound: number) => {
    if (used > bound) setLower(bound);
    else void keptRuns.setBound(bound);
  };
  return (
    <Section title="Room for runs" testId="runs-space">
      <PlaceError place="space" />
      <Stack gap={4}>
        <Progress value={share} aria-label="Share of the bound for runs that is used" />
        <Text size="sm">
          {counted(listing.runs.length, 'run')}, {bytes(used)} of {bytes(quotaBytes)}.{' '}
          {fateWords(listing)}
        </Text>
      </Stack>
      <Select
        label="All runs together, at most"
        size="xs"
        w={200}
        data={boundChoices(quotaBytes)}
        value={isQuotaChosen ? String(quotaBytes) : null}
        placeholder="No bound yet"
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

/** What becomes of the runs at the bound. */
function fateWords({ runs, space: { firstToGo, isQuotaChosen } }: RunsListing): string {
  if (!isQuotaChosen) return 'None is thrown away until you choose a bound.';
  const first = runs.find(({ id }) => id === firstToGo[0]);
  if (!first) return 'Starred runs are never thrown away.';
  return `At the bound ${first.name} would be thrown away first; a starred run never is.`;
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
  const { runs, leftBytes } = cutAt(bound, listing.runs, listing.space);
  if (leftBytes > bound)
    return (
      <Stack gap="sm">
        <Text size="sm">
          Runs with a star and the one that is being trained take {bytes(leftBytes)}, more than{' '}
          {bytes(bound)}: this bound can’t be kept, and nothing is thrown away for it.
        </Text>
        <Button size="xs" variant="default" onClick={close} data-autofocus>
          Keep them
        </Button>
      </Stack>
    );
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
      <Group>
        <Button size="xs" color="red" onClick={agree}>
          Throw them away
        </Button>
        <Button size="xs" variant="default" onClick={close} data-autofocus>
          Keep them
        </Button>
      </Group>
    </Stack>
  );
}
