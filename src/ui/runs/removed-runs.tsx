import { Affix, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useStudio } from '../shell/use-studio';
import { dispatchRuns, keptRuns } from './commands';
import { PlaceError } from './place-error';
import { isSettled, placeOfRun, UNDO_MS, type Removal } from './runs-slice';

/** Runs that have just been deleted, each with a button that takes it back for ten seconds. */
export function RemovedRuns() {
  const removals = useStudio(({ runs }) => runs.removals);
  if (removals.length === 0) return null;
  return (
    <Affix position={{ bottom: 16, right: 16 }} maw="calc(100vw - 32px)">
      <Stack gap="xs">
        {removals.map((removal) => (
          <RemovedRun key={removal.run.id} removal={removal} />
        ))}
      </Stack>
    </Affix>
  );
}

function RemovedRun({ removal: { run, until } }: { removal: Removal }) {
  const undo = useRef<HTMLButtonElement>(null);
  const [holds, setHolds] = useState({ pointer: false, keyboard: false });
  const isHeld = holds.pointer || holds.keyboard;
  const isDone = useStudio(({ runs }) => isSettled(runs, placeOfRun(run.id)));
  const left = useSecondsLeft(until, isHeld);
  // The button that deleted it is gone, and the focus with it.
  useEffect(() => undo.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    if (left <= 0 && !isHeld && isDone) dispatchRuns({ type: 'removal-over', runId: run.id });
  }, [left, isHeld, isDone, run.id]);
  // Whoever is about to press the button has all the time.
  const hold = (by: keyof typeof holds) => setHolds((held) => ({ ...held, [by]: true }));
  const release = (by: keyof typeof holds) => {
    setHolds((held) => ({ ...held, [by]: false }));
    dispatchRuns({ type: 'removal-held', runId: run.id, until: Date.now() + UNDO_MS });
  };
  return (
    <Paper
      withBorder
      shadow="md"
      p="sm"
      onMouseEnter={() => hold('pointer')}
      onMouseLeave={() => release('pointer')}
      data-testid="removed-run"
    >
      <Group gap="sm" justify="space-between">
        {/* Announced once: the seconds that follow are for the eye. */}
        <Text size="sm" role="status" style={{ overflowWrap: 'anywhere' }}>
          Deleted {run.name}. It can be taken back for ten seconds.
        </Text>
        <Group gap="xs">
          <Text size="sm" c="dimmed" aria-hidden style={{ fontVariantNumeric: 'tabular-nums' }}>
            {isHeld ? 'waiting' : `${left} s`}
          </Text>
          <Button
            ref={undo}
            size="xs"
            aria-label={`Undo: take ${run.name} back`}
            // Not the focus that follows a click on Delete: it would hold the notice for good.
            onFocus={(event) => {
              if (event.currentTarget.matches(':focus-visible')) hold('keyboard');
            }}
            onBlur={() => release('keyboard')}
            onClick={() => void keptRuns.restore(run.id)}
          >
            Undo
          </Button>
        </Group>
      </Group>
      <PlaceError place={placeOfRun(run.id)} />
    </Paper>
  );
}

/** Whole seconds until a time, at least 0. */
function useSecondsLeft(until: number, isHeld: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (isHeld) return;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [isHeld]);
  return Math.max(0, Math.ceil((until - now) / 1000));
}
