import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import type { RunSummary } from '../../../runs/run-manifest';
import { isRunActive } from '../../data/sources/use-source';
import { chooseHead } from '../../heads/commands';
import { showPlace } from '../../shell/address/show-place';
import { useStudio } from '../../shell/use-studio';
import { keptRuns } from '../commands';
import { ReasonedButton } from '../reasoned-button';
import { needsFiles, pickedName, whyNoHead, whyNotRemoved, whyNotResumed } from '../run-words';
import { placeOfRun } from '../runs-slice';
import { copySettings } from './copy-settings';
import { goOn } from './go-on';

/** What can be done with a run. A button that can't be pressed says why. */
export function RunActions({ run }: { run: RunSummary }) {
  const { id, name, config, checkpointStep } = run;
  const isActive = useStudio((state) => isRunActive(state) || state.isWatching);
  const isReady = useStudio((state) => state.backend !== null);
  const pending = useStudio(({ runs }) => runs.pending[placeOfRun(id)]);
  const [copied, setCopied] = useState<string | null>(null);
  const occupied = { isRunActive: isActive, isReady };
  const readWithHead = async () => {
    if (!(await keptRuns.offerHead(id))) return;
    chooseHead({ kind: 'file' });
    showPlace('compare');
  };
  return (
    <>
      <Group gap="xs">
        <ReasonedButton
          variant="filled"
          reason={whyNoHead(run, occupied)}
          hint="Compare and Evaluate then read faces with it."
          onClick={() => void readWithHead()}
        >
          Use its head
        </ReasonedButton>
        <ReasonedButton
          reason={whyNotResumed(run, occupied)}
          hint={
            needsFiles(run)
              ? `Trains it on from its checkpoint; “${pickedName(run)}” has to be picked again.`
              : 'Trains it on from its checkpoint.'
          }
          onClick={() => void goOn({ runId: id, config, step: checkpointStep })}
        >
          {needsFiles(run) ? 'Pick its files and go on' : 'Go on'}
        </ReasonedButton>
        <ReasonedButton
          reason={isActive ? 'Settings can be changed once the run that is on has ended.' : null}
          hint="Puts its settings into the form, for the next run."
          onClick={() => setCopied(copySettings(run))}
        >
          Copy its settings
        </ReasonedButton>
        <Button size="xs" variant="default" onClick={() => void keptRuns.export(id)}>
          Export
        </Button>
        <ReasonedButton
          color="red"
          variant="light"
          reason={whyNotRemoved(run)}
          hint="It can be taken back for ten seconds."
          aria-label={`Delete ${name}`}
          onClick={() => void keptRuns.remove(id)}
        >
          Delete
        </ReasonedButton>
      </Group>
      <Text size="sm" role="status" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {pending ? `${pending} …` : copied}
      </Text>
    </>
  );
}
