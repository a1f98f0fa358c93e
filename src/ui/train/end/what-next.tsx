import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconArrowsLeftRight, IconChartLine, IconRefresh } from '@tabler/icons-react';
import { confidenceSymbols } from '../../../confidence/methods';
import { chooseHead } from '../../heads/commands';
import { showPlace } from '../../shell/address/show-place';
import { shownRunConfig } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { runActions } from '../../shell/actions/run-actions';
import { resultWords } from './result-words';

/** What a run came to, and what can be done now. */
export function WhatNext() {
  const runState = useStudio((state) => state.runState);
  const validation = useStudio((state) => state.validation);
  const collapse = useStudio((state) => state.collapse);
  const symbol = useStudio((state) => confidenceSymbols[shownRunConfig(state).method]);
  const keptRun = useStudio((state) => state.keptRun);
  const hasHead = useStudio(({ availableHeads }) =>
    availableHeads.some(({ kind }) => kind === 'run'),
  );
  const { title, sentence } = resultWords(runState, validation, collapse, symbol);
  return (
    <Stack component="section" gap="sm" aria-label="What next" data-testid="what-next">
      <Title order={2} size="h3">
        {title}
      </Title>
      <Text maw="68ch">{sentence}</Text>
      <Group gap="sm">
        <Button
          leftSection={<IconArrowsLeftRight size={18} aria-hidden />}
          disabled={!hasHead}
          onClick={() => goWithHead('compare')}
        >
          Compare two faces with it
        </Button>
        <Button
          variant="default"
          leftSection={<IconChartLine size={18} aria-hidden />}
          disabled={!hasHead}
          onClick={() => goWithHead('evaluate')}
        >
          Evaluate it on held-out pairs
        </Button>
        <TrainAnother />
      </Group>
      {keptRun && (
        <Text size="sm" c="dimmed">
          Kept as “{keptRun.name}” under{' '}
          <Button variant="transparent" size="compact-sm" px={0} onClick={() => showPlace('runs')}>
            Runs
          </Button>
          , where it can be renamed, replayed and exported.
        </Text>
      )}
    </Stack>
  );
}

/** Shows a place that reads faces with the run's head. */
function goWithHead(place: 'compare' | 'evaluate'): void {
  chooseHead({ kind: 'run' });
  showPlace(place);
}

function TrainAnother() {
  const start = runActions.start;
  const state = useStudio((all) => all);
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={18} aria-hidden />}
      disabled={!start.predicate(state)}
      onClick={() => start.perform()}
    >
      Train another
    </Button>
  );
}
