import { Button, Group, Modal, Progress, Select, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import type { CacheState } from '../../../studio/protocol';
import { bytes, counted } from '../../components/format';
import { useStudio } from '../../shell/use-studio';
import { clearCache, setCacheQuota } from '../commands';
import { quotaChoices } from './quota-choices';
import { Section } from '../../components/section';
import { Term } from '../../words/term';

/** The streamed shards cached on this machine, their limit, and a button to clear them. */
export function ShardCachePanel() {
  const cache = useStudio((state) => state.cache);
  return (
    <Section
      title="Kept shards"
      summary={
        <>
          <Term name="shard">Tar shards</Term> fetched over the network are kept on this machine, so
          that the next epoch reads them from here. At the limit, the shards used longest ago are
          removed.
        </>
      }
      topic="cache"
      folds
      testId="kept"
    >
      {cache ? (
        <ShardCache cache={cache} />
      ) : (
        <Text size="sm" c="dimmed">
          The kept shards are listed once the studio has started.
        </Text>
      )}
    </Section>
  );
}

function ShardCache({ cache }: { cache: CacheState }) {
  const [asking, { open, close }] = useDisclosure(false);
  /** A limit below what is cached, which waits for confirmation. */
  const [lower, setLower] = useState<number | null>(null);
  const share = cache.quotaBytes > 0 ? Math.min(100, (100 * cache.bytes) / cache.quotaBytes) : 0;
  const clear = () => {
    close();
    clearCache();
  };
  const choose = (quota: number) => {
    if (quota < cache.bytes) setLower(quota);
    else setCacheQuota(quota);
  };
  return (
    <Stack gap="sm">
      <Stack gap={4}>
        <Progress value={share} aria-label="Share of the limit for kept shards that is used" />
        <Text size="sm" data-testid="cache-used">
          {counted(cache.shards, 'shard')}, {bytes(cache.bytes)}
          {cache.quotaBytes > 0
            ? ` of ${bytes(cache.quotaBytes)} that may be kept`
            : '; nothing may be kept'}
        </Text>
        <Text size="xs" c="dimmed">
          {cache.freeBytes === null
            ? 'The browser doesn’t say how much more this page may store.'
            : `The browser lets this page store ${bytes(cache.freeBytes)} more.`}
        </Text>
      </Stack>
      <Group align="flex-end" gap="sm">
        <Select
          label="May be kept"
          size="xs"
          w={150}
          data={quotaChoices(cache)}
          value={String(cache.quotaBytes)}
          allowDeselect={false}
          onChange={(value) => value !== null && choose(Number(value))}
        />
        <Button
          size="xs"
          variant="default"
          disabled={cache.shards === 0 && cache.bytes === 0}
          onClick={open}
        >
          Clear
        </Button>
      </Group>
      <Modal opened={asking} onClose={close} title="Clear the kept shards?" centered>
        <Stack gap="sm">
          <Text size="sm">
            {counted(cache.shards, 'shard')} ({bytes(cache.bytes)}) will be removed from this
            machine. A run that reads them fetches them again.
          </Text>
          <Group>
            <Button size="xs" color="red.9" onClick={clear}>
              Clear them
            </Button>
            <Button size="xs" variant="default" onClick={close} data-autofocus>
              Keep them
            </Button>
          </Group>
        </Stack>
      </Modal>
      <Modal
        opened={lower !== null}
        onClose={() => setLower(null)}
        title="Keep fewer shards?"
        centered
      >
        <Stack gap="sm">
          <Text size="sm">
            {bytes(cache.bytes)} are kept now. The shards used longest ago are removed from this
            machine until {lower ? `${bytes(lower)} are left` : 'nothing is left'}.
          </Text>
          <Group>
            <Button
              size="xs"
              color="red.9"
              onClick={() => {
                setLower(null);
                setCacheQuota(lower!);
              }}
            >
              Remove them
            </Button>
            <Button size="xs" variant="default" onClick={() => setLower(null)} data-autofocus>
              Keep them
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}
