import { ActionIcon, Group, Slider, Text } from '@mantine/core';
import { useReducedMotion } from '@mantine/hooks';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { count } from '../../components/format';
import { nextReplayStep, REPLAY_TICK_MS } from './replay-step';

/** Presses of an arrow key from the first step to the last, about. */
const KEY_STEPS = 200;

interface ReplayBarProps {
  /** The last step of the longest run on show. */
  readonly lastStep: number;
  /** The step up to which the runs are shown; null is all of them. */
  readonly upToStep: number | null;
  readonly setUpToStep: (step: number | null) => void;
}

/** Shows runs up to a step, and plays them from the beginning in ten seconds. */
export function ReplayBar({ lastStep, upToStep, setUpToStep }: ReplayBarProps) {
  const [isPlaying, setPlaying] = useState(false);
  const isStill = useReducedMotion();
  const step = Math.min(upToStep ?? lastStep, lastStep);
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setTimeout(() => {
      const next = nextReplayStep(step, lastStep);
      setUpToStep(next === lastStep ? null : next);
      if (next === lastStep) setPlaying(false);
    }, REPLAY_TICK_MS);
    return () => clearTimeout(timer);
  }, [isPlaying, step, lastStep, setUpToStep]);
  const play = () => {
    if (!isPlaying && step === lastStep) setUpToStep(0);
    setPlaying(!isPlaying);
  };
  return (
    <Group gap="sm" wrap="nowrap" role="group" aria-label="Replay" data-testid="replay">
      {!isStill && (
        <ActionIcon
          variant="default"
          size="lg"
          aria-label={isPlaying ? 'Pause the replay' : 'Replay'}
          onClick={play}
        >
          {isPlaying ? (
            <IconPlayerPause size={18} aria-hidden />
          ) : (
            <IconPlayerPlay size={18} aria-hidden />
          )}
        </ActionIcon>
      )}
      <Slider
        flex={1}
        min={0}
        max={lastStep}
        step={Math.max(1, Math.round(lastStep / KEY_STEPS))}
        value={step}
        label={(value) => `step ${count(value)}`}
        thumbLabel="Show the runs up to this step"
        thumbProps={{ 'aria-valuetext': `step ${step} of ${lastStep}` }}
        onChange={(value) => {
          setPlaying(false);
          setUpToStep(value === lastStep ? null : value);
        }}
      />
      <Text size="sm" miw={120} ta="right" style={{ fontVariantNumeric: 'tabular-nums' }}>
        step {count(step)} of {count(lastStep)}
      </Text>
    </Group>
  );
}
