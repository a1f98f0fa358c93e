import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { FaceSlot, SweepKind } from '../../../studio/protocol';
import { ProgressMeter } from '../../components/progress-meter';
import { Section } from '../../components/section';
import { progressOf } from '../../shell/client/tasks-slice';
import { useStudio } from '../../shell/use-studio';
import { Term } from '../../words/term';
import { startSweep, stopSweep } from '../commands';
import { COMPARE_POLICY, useReading } from '../use-reading';
import { usePairTruth } from '../verdict/judged-pair';
import { WhenSeen } from '../when-seen';
import { Filmstrip } from './filmstrip';
import { sweepLesson, sweptMethods } from './sweep-scales';

/** Shows how scores and κ change as a picture is degraded in each of six ways. */
export function SweepSection() {
  const sweep = useStudio((state) => state.sweep);
  const progress = useStudio((state) => progressOf(state, 'sweep'));
  const hasPair = useStudio((state) => state.pair !== null);
  const selected = useStudio((state) => state.selected);
  const [slot, setSlot] = useState<FaceSlot>('b');
  const id = selected[slot];
  return (
    <Section title="What spoils a picture?" topic="sweep" testId="sweep">
      <Text maw={720}>
        One picture is <Term name="augmentation">degraded</Term> step by step in six ways, and
        compared again each time: 54 comparisons, a few seconds.
      </Text>
      {progress ? (
        <ProgressMeter progress={progress} onStop={stopSweep} />
      ) : (
        <Group gap="sm">
          <SegmentedControl
            size="sm"
            aria-label="Picture to spoil"
            data={[
              { value: 'a', label: 'Face A' },
              { value: 'b', label: 'Face B' },
            ]}
            value={slot}
            onChange={(value) => setSlot(value as FaceSlot)}
          />
          <Button
            size="sm"
            disabled={!hasPair || id === null}
            onClick={() => id !== null && startSweep(slot, id)}
          >
            Spoil it step by step
          </Button>
          {!hasPair && <Text size="sm">Choose two faces first.</Text>}
        </Group>
      )}
      {sweep && <Filmstrips kinds={sweep.kinds} />}
    </Section>
  );
}

/** Pixels of a strip and its chart, about. */
const STRIP_HEIGHT = 300;

function Filmstrips({ kinds }: { kinds: readonly SweepKind[] }) {
  const reading = useReading(COMPARE_POLICY);
  const chosen = useStudio((state) => state.verdictMethod);
  const far = useStudio((state) => state.verdictFar);
  const methods = useMemo(
    () => sweptMethods(kinds[0]?.points ?? [], reading, chosen, far),
    [kinds, reading, chosen, far],
  );
  const truth = usePairTruth();
  const lesson = sweepLesson(kinds, methods, truth);
  return (
    <Stack gap="xl">
      {lesson && (
        <Text fw={600} data-testid="sweep-lesson">
          {lesson}
        </Text>
      )}
      {methods.length === 0 && (
        <Text size="sm" c="dimmed">
          No threshold is known for this head, so only κ and cos θ are shown.
        </Text>
      )}
      {kinds.map((each) => (
        <WhenSeen key={each.kind} height={STRIP_HEIGHT}>
          <Filmstrip
            kind={each.kind}
            points={each.points}
            methods={methods}
            profile={reading?.kappa ?? null}
          />
        </WhenSeen>
      ))}
    </Stack>
  );
}
