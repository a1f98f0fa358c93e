import { Button, Menu, Tooltip } from '@mantine/core';
import { IconCheck, IconChevronDown } from '@tabler/icons-react';
import type { AvailableHead, HeadChoice, HeadInUse } from '../../studio/protocol';
import { isRunActive } from '../data/sources/use-source';
import type { StudioState } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';
import { chooseHead } from './commands';
import {
  choiceOf,
  choiceWords,
  headName,
  isSameChoice,
  problemOf,
  reasonSentence,
} from './head-words';

/** Which head a chip names: of the shown faces, of the next photograph, of the last frame. */
const heads = {
  faces: (state: StudioState) => state.headInUse,
  photographs: (state: StudioState) => state.photoHead,
  camera: (state: StudioState) => state.cameraHead ?? state.photoHead,
};

/**
 * Names the head that κ comes from, in red if it should not be trusted, with a menu to choose
 * another one.
 * @param of what the head reads
 */
export function HeadChip({ of = 'faces' }: { of?: keyof typeof heads }) {
  const head = useStudio(heads[of]);
  const choice = useStudio((state) => state.headChoice);
  const available = useStudio((state) => state.availableHeads);
  const isReady = useStudio((state) => state.backend !== null);
  const isTraining = useStudio(isRunActive);
  const problem = head && problemOf(head, isTraining);
  const name = head ? headName(head) : 'no head';
  const reason = problem ?? (head ? reasonSentence(head) : NO_HEAD);
  return (
    <Menu withinPortal position="bottom-start" shadow="md">
      <Tooltip label={reason} multiline w={280} events={{ hover: true, focus: true, touch: false }}>
        <Menu.Target>
          <Button
            size="compact-sm"
            variant="light"
            color={problem === null ? 'confidence' : 'red'}
            disabled={!isReady}
            rightSection={<IconChevronDown size={14} aria-hidden />}
            aria-label={`κ by ${name}. ${reason} Choose another head.`}
            data-testid="head-chip"
            maw="100%"
          >
            κ by {name}
          </Button>
        </Menu.Target>
      </Tooltip>
      <HeadMenu head={head} choice={choice} available={available} reason={reason} />
    </Menu>
  );
}

const NO_HEAD = 'There is no κ: no head fits the backbone in use. Train one, or load one.';

const AUTO: HeadChoice = { kind: 'studio', faces: 'auto' };

function HeadMenu({
  head,
  choice,
  available,
  reason,
}: {
  head: HeadInUse | null;
  choice: HeadChoice;
  available: readonly AvailableHead[];
  reason: string;
}) {
  const choices: readonly (readonly [HeadChoice, string])[] = [
    [AUTO, 'Automatic'],
    ...available.map((each) => [choiceOf(each), headName(each)] as const),
  ];
  return (
    <Menu.Dropdown maw={320} aria-label={`Heads; in use: ${head ? headName(head) : 'none'}`}>
      <Menu.Label style={{ whiteSpace: 'normal' }}>{reason}</Menu.Label>
      {choices.map(([each, name]) => (
        <Menu.Item
          key={`${each.kind} ${each.kind === 'studio' ? each.faces : ''}`}
          aria-current={isSameChoice(each, choice)}
          leftSection={
            <IconCheck
              size={14}
              aria-hidden
              visibility={isSameChoice(each, choice) ? 'visible' : 'hidden'}
            />
          }
          onClick={() => chooseHead(each)}
        >
          {name}
          <span style={{ display: 'block', fontSize: 12, opacity: 0.8 }}>{choiceWords(each)}</span>
        </Menu.Item>
      ))}
    </Menu.Dropdown>
  );
}
