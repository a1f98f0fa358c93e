import {
  Button,
  Checkbox,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
} from '@mantine/core';
import { Dropzone, type FileWithPath } from '@mantine/dropzone';
import { directoryOpen } from 'browser-fs-access';
import { useRef, useState } from 'react';
import { DEGRADE_SEEDS } from '../../inference/evaluation/protocols';
import { degradedShares, type DegradedShare } from '../../inference/picture-plan';
import { DEFAULT_PAIRS_PER_PERSON } from '../../inference/evaluation/folder-pairs';
import { pickedFiles, type PickedFile } from '../../faces/sources/folder/local-file';
import type { EvaluationRequest, QualityRequest } from '../../studio/protocol';
import { droppedFiles } from '../data/sources/recognise-files';
import { isRunActive } from '../data/sources/use-source';
import { counted } from '../components/format';
import { pickOrReport } from '../components/pick-or-report';
import { ProgressMeter } from '../components/progress-meter';
import { Section } from '../components/section';
import { ask, send } from '../shell/client/studio-client';
import { studioStore } from '../shell/studio-store';
import { pendingTask } from '../shell/client/tasks-slice';
import { useStudio } from '../shell/use-studio';
import { EvaluatedHeads } from '../heads/evaluated-heads';
import { FolderPairsInput } from './folder-pairs-input';
import { isBin, pickedSet, type PickedSet } from './picked-set';
import { QualityFiles } from './quality-files';
import { splitQualities } from './split-qualities';

const shareLabels: Readonly<Record<DegradedShare, string>> = {
  none: 'Pairs as they are',
  one: 'One of each pair degraded',
  both: 'Both degraded',
};

/** Picks the pictures and the protocols of an evaluation, and runs it. */
export function SetSection() {
  const [set, setSet] = useState<PickedSet | null>(null);
  const [list, setList] = useState(0);
  const [qualities, setQualities] = useState<readonly QualityRequest[]>([]);
  const [shares, setShares] = useState<readonly DegradedShare[]>(['none', 'both']);
  const [templates, setTemplates] = useState(false);
  const [size, setSize] = useState(3);
  const [seed, setSeed] = useState(777);
  const [fromFolders, setFromFolders] = useState(false);
  const [perPerson, setPerPerson] = useState(DEFAULT_PAIRS_PER_PERSON);
  const [draws, setDraws] = useState(DEGRADE_SEEDS);
  const [areCrops, setAreCrops] = useState(false);
  const [alignAll, setAlignAll] = useState(false);
  const task = useStudio((state) => pendingTask(state, 'evaluate'));
  const progress = task?.progress;
  const name = useStudio((state) => state.evaluatedSet);
  const isReady = useStudio((state) => state.backend !== null);
  const isRunning = useStudio(isRunActive);
  const locked = !isReady || isRunning || task !== undefined;
  const pick = async (name: string, files: readonly PickedFile[], before: PickedSet | null) => {
    const { qualities: added, others } = await splitQualities(files);
    const isAdded = ({ file }: QualityRequest) =>
      added.some((each) => each.file.name === file.name);
    setQualities([...qualities.filter((each) => !isAdded(each)), ...added]);
    if (others.length === 0) return;
    const picked = pickedSet(name, others, before);
    setSet(picked);
    setList(0);
    if (isBin(picked)) setTemplates(false);
  };
  const hasList = set !== null && set.lists.length > 0;
  const makesPairs = set !== null && !hasList && fromFolders;
  const hasPairs = hasList || makesPairs;
  const protocols: EvaluationRequest['protocols'] = [
    ...(hasPairs ? shares.map((degraded) => ({ kind: 'pairs', degraded }) as const) : []),
    ...(templates ? [{ kind: 'templates', size, degraded: 'both' } as const] : []),
  ];
  const start = () => {
    const { name, files, lists } = set!;
    const alignPhotos = alignAll ? 'always' : 'auto';
    studioStore.setState({
      evaluatedSet: name,
      errors: studioStore.getState().errors.filter(({ scope }) => scope !== 'evaluation'),
    });
    const request: EvaluationRequest = {
      name,
      files,
      pairs: lists[list] ?? null,
      fromFolders: makesPairs ? { perPerson, seed } : undefined,
      protocols,
      align: areCrops ? 'none' : alignPhotos,
      seed,
      qualities,
      degradeSeeds: draws,
    };
    ask({ type: 'evaluate', request }, (evaluation) => {
      // An evaluation that was stopped before it had a result leaves the last one in place.
      if (evaluation) studioStore.setState({ evaluation });
    });
  };
  return (
    <Section title="Pictures whose people are known" testId="evaluation-set">
      <SetInput set={set} locked={locked} onPick={(...picked) => void pick(...picked)} />
      {set && (
        <Text size="sm" data-testid="picked-set">
          {sentenceOf(set)}
        </Text>
      )}
      <QualityFiles files={qualities} locked={locked} onChange={setQualities} />
      {set && set.lists.length > 1 && (
        <Select
          size="xs"
          label="List of pairs"
          data={set.lists.map(({ name }, i) => ({ value: String(i), label: name }))}
          value={String(list)}
          allowDeselect={false}
          onChange={(value) => setList(Number(value))}
        />
      )}
      {set && !hasList && (
        <FolderPairsInput
          checked={fromFolders}
          perPerson={perPerson}
          locked={locked}
          onCheck={setFromFolders}
          onChange={setPerPerson}
        />
      )}
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Stack gap="xs" role="group" aria-label="Protocols">
          {degradedShares.map((share) => (
            <Checkbox
              key={share}
              label={shareLabels[share]}
              checked={shares.includes(share)}
              disabled={locked || (set !== null && !hasPairs)}
              onChange={({ currentTarget }) =>
                setShares(
                  degradedShares.filter((each) =>
                    each === share ? currentTarget.checked : shares.includes(each),
                  ),
                )
              }
            />
          ))}
          <Checkbox
            label={`Templates of ${size}: one picture as it is, the others degraded`}
            checked={templates}
            disabled={locked || (set !== null && isBin(set))}
            onChange={({ currentTarget }) => setTemplates(currentTarget.checked)}
          />
        </Stack>
        <Stack gap="xs">
          <Group grow>
            <NumberInput
              size="xs"
              label="Pictures a template"
              min={2}
              max={16}
              allowDecimal={false}
              clampBehavior="strict"
              value={size}
              disabled={locked}
              onChange={(value) => typeof value === 'number' && setSize(value)}
            />
            <NumberInput
              size="xs"
              label="Seed"
              min={0}
              max={4294967295}
              allowDecimal={false}
              clampBehavior="strict"
              value={seed}
              disabled={locked}
              onChange={(value) => typeof value === 'number' && setSeed(value)}
            />
          </Group>
          <NumberInput
            size="xs"
            label="Draws of the degradations"
            description="Figures are means over the draws; each reads the degraded pictures anew"
            min={1}
            max={10}
            allowDecimal={false}
            clampBehavior="strict"
            value={draws}
            disabled={locked}
            onChange={(value) => typeof value === 'number' && setDraws(value)}
          />
          <Checkbox
            label="The pictures are aligned crops"
            description={
              'Otherwise faces are found and aligned; pictures of 112 × 112 are left as they are'
            }
            checked={areCrops}
            disabled={locked}
            onChange={({ currentTarget }) => setAreCrops(currentTarget.checked)}
          />
          <Checkbox
            label="Align pictures of 112 × 112 too"
            checked={alignAll && !areCrops}
            disabled={locked || areCrops}
            onChange={({ currentTarget }) => setAlignAll(currentTarget.checked)}
          />
        </Stack>
      </SimpleGrid>
      <EvaluatedHeads />
      {task && progress && (
        <ProgressMeter progress={progress} onStop={() => send({ type: 'stop-evaluation' })} />
      )}
      {task && !progress && (
        <Text size="sm" role="status">
          Opening {name}
        </Text>
      )}
      {!task && (
        <Group>
          <Button disabled={locked || set === null || protocols.length === 0} onClick={start}>
            Evaluate
          </Button>
          {isRunning && (
            <Text size="sm">A run is active: an evaluation would slow both. Wait for its end.</Text>
          )}
          {set !== null && protocols.length === 0 && <NoProtocol hasPairs={hasPairs} />}
        </Group>
      )}
    </Section>
  );
}

function sentenceOf(set: PickedSet): string {
  if (isBin(set)) return `${set.name}: a verification set.`;
  const { name, files, lists } = set;
  const pairs = counted(lists.length, 'list of pairs', 'lists of pairs');
  const known = lists.length > 0 ? pairs : 'no list of pairs';
  return `“${name}”: ${counted(files.length, 'file')}, ${known}.`;
}

function NoProtocol({ hasPairs }: { hasPairs: boolean }) {
  return (
    <Text size="sm">
      {hasPairs
        ? 'Choose a protocol.'
        : 'Without a list of pairs, make pairs from the folders, or compare templates.'}
    </Text>
  );
}

function SetInput({
  set,
  locked,
  onPick,
}: {
  set: PickedSet | null;
  locked: boolean;
  /** @param before the set that a list picked alone belongs to */
  onPick: (name: string, files: readonly PickedFile[], before: PickedSet | null) => void;
}) {
  const open = useRef<() => void>(null);
  const drop = (dropped: FileWithPath[]) => {
    if (dropped.length === 0) return;
    const { name, files } = droppedFiles(dropped);
    onPick(name, files, set);
  };
  const pickFolder = async () => {
    const files = (await pickOrReport(directoryOpen({ recursive: true }), 'evaluation')) as
      File[] | null;
    if (files && files.length > 0)
      onPick(files[0]!.webkitRelativePath.split('/')[0] || 'folder', pickedFiles(files), null);
  };
  return (
    <Stack gap="xs">
      {/* Keyboards and screen readers use the buttons; the area around them accepts drops. */}
      <Dropzone
        openRef={open}
        activateOnClick={false}
        activateOnKeyboard={false}
        enablePointerEvents
        useFsAccessApi={false}
        inputProps={{ 'aria-hidden': true }}
        disabled={locked}
        p="sm"
        onDrop={drop}
      >
        <Group gap="sm" justify="center">
          <Button size="xs" variant="default" disabled={locked} onClick={() => void pickFolder()}>
            Pick a folder
          </Button>
          <Button size="xs" variant="default" disabled={locked} onClick={() => open.current?.()}>
            Choose a .bin set or a pairs.txt
          </Button>
          <Text size="sm" c={locked ? 'dimmed' : undefined}>
            or drop them here
          </Text>
        </Group>
      </Dropzone>
      <Text size="xs" c="dimmed">
        A folder with one folder of pictures for each person and a list of pairs like LFW’s
        pairs.txt; or InsightFace’s lfw.bin, cfp_fp.bin, agedb_30.bin … A text with lines of
        “picture score”, as CR-FIQA and others write them, adds a quality to discard pairs by. Your
        files stay on this machine.
      </Text>
    </Stack>
  );
}
