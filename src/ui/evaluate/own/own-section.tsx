import { Button, Group, List, Select, Stack, Text } from '@mantine/core';
import { FileDrop } from '../../components/files/file-drop';
import { EvaluatedHeads } from '../../heads/evaluated-heads';
import { isRunActive } from '../../data/sources/use-source';
import { ask } from '../../shell/client/studio-client';
import { isPending, pendingTask } from '../../shell/client/tasks-slice';
import { studioStore } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { EvaluationMeter } from '../evaluation-meter';
import { Folded } from '../folded';
import { Section } from '../../components/section';
import { changeOwnSet, dropOwnSet, pickOwnFolder } from './commands';
import { ExpertInput } from './expert-input';
import { FolderPairsInput } from './folder-pairs-input';
import { hasPairs, requestOf, type ChosenSet, type OwnSettings } from './own-settings';
import { isBin, pickedSentence } from './picked-set';
import { ProtocolsInput } from './protocols-input';
import { QualityFiles } from './quality-files';

/** Picks a set of one's own, chooses what to compare, and evaluates it. */
export function OwnSection() {
  const { set, list, qualities } = useStudio((state) => state.ownSet);
  const chosen = set && { set, list, qualities };
  const task = useStudio((state) => pendingTask(state, 'evaluate'));
  const name = useStudio((state) => state.evaluatedSet);
  const isReady = useStudio((state) => state.backend !== null);
  const isRunning = useStudio(isRunActive);
  const isBusy = useStudio((state) => isPending(state, 'evaluate', 'evaluate-demo'));
  const locked = !isReady || isRunning || isBusy;
  return (
    <Section title="On your own pictures" topic="own-set" testId="evaluation-set">
      <Text c="dimmed">
        Faces are found and aligned, and every method scores every pair. Your files stay on this
        machine.
      </Text>
      <FileDrop
        label="Choose files"
        hint="or drop them here"
        multiple
        disabled={locked}
        folder={{ label: 'Pick a folder', onPick: () => void pickOwnFolder() }}
        onFiles={(files) => void dropOwnSet(files)}
      />
      {!chosen && <WhatCanBeDropped />}
      <QualityFiles
        files={qualities}
        locked={locked}
        onChange={(files) => changeOwnSet({ qualities: files })}
      />
      {chosen && <SetForm chosen={chosen} locked={locked} />}
      {task && <EvaluationMeter task={task} opening={`Opening ${name}`} />}
    </Section>
  );
}

const WhatCanBeDropped = () => (
  <List size="sm" c="dimmed" spacing={2}>
    <List.Item>a folder with one folder of pictures for each person</List.Item>
    <List.Item>with it, a list of pairs like LFW’s pairs.txt</List.Item>
    <List.Item>or InsightFace’s lfw.bin, cfp_fp.bin, agedb_30.bin …</List.Item>
    <List.Item>qualities of another program: a text with lines of “picture score”</List.Item>
  </List>
);

/** What is compared of a picked set, and the button that begins. */
function SetForm({ chosen, locked }: { chosen: ChosenSet; locked: boolean }) {
  const { set, list } = chosen;
  const settings = useStudio((state) => state.ownSet.settings);
  const isRunning = useStudio(isRunActive);
  const isBusy = useStudio((state) => isPending(state, 'evaluate'));
  const change = (changes: Partial<OwnSettings>) =>
    changeOwnSet({ settings: { ...settings, ...changes } });
  const request = requestOf(chosen, settings);
  const start = () => {
    studioStore.setState({ evaluatedSet: set.name });
    ask({ type: 'evaluate', request }, (evaluation) => {
      // An evaluation that was stopped before it had a result leaves the last one in place.
      if (evaluation) studioStore.setState({ evaluation });
    });
  };
  return (
    <Stack gap="sm">
      <Text fw={500} data-testid="picked-set">
        {pickedSentence(set)}
      </Text>
      {set.lists.length > 1 && (
        <Select
          label="List of pairs"
          data={set.lists.map(({ name }, i) => ({ value: String(i), label: name }))}
          value={String(list)}
          allowDeselect={false}
          disabled={locked}
          onChange={(value) => changeOwnSet({ list: Number(value) })}
        />
      )}
      {set.lists.length === 0 && (
        <FolderPairsInput
          checked={settings.fromFolders}
          perPerson={settings.perPerson}
          locked={locked}
          onCheck={(fromFolders) => change({ fromFolders })}
          onChange={(perPerson) => change({ perPerson })}
        />
      )}
      <ProtocolsInput
        chosen={settings}
        hasPairs={hasPairs(set, settings)}
        canPool={!isBin(set)}
        locked={locked}
        onChange={change}
      />
      <EvaluatedHeads />
      <Folded title="Advanced">
        <ExpertInput settings={settings} locked={locked} onChange={change} />
      </Folded>
      {!isBusy && (
        <Group>
          <Button disabled={locked || request.protocols.length === 0} onClick={start}>
            Evaluate
          </Button>
          {isRunning && (
            <Text size="sm">A run is active: an evaluation would slow both. Wait for its end.</Text>
          )}
          {request.protocols.length === 0 && <NoProtocol hasPairs={hasPairs(set, settings)} />}
        </Group>
      )}
    </Stack>
  );
}

const NoProtocol = ({ hasPairs }: { hasPairs: boolean }) => (
  <Text size="sm">
    {hasPairs
      ? 'Choose a protocol.'
      : 'Without a list of pairs, make pairs from the folders, or compare templates.'}
  </Text>
);
