import { Group, Stack, Text } from '@mantine/core';
import { FEW_MEANING } from '../../../evaluation/statistics/rule-of-thirty';
import classes from '../compare.module.css';
import type { PairTruth } from './known-truth';
import { Mark } from './mark';
import { isClose, verdictOn, type HeldScore, type Verdict } from './verdict';
import {
  BesideWords,
  headlineOf,
  StrictnessWords,
  SurenessWords,
  truthSentence,
} from './verdict-words';

/**
 * The verdict on a pair in large letters, what is true, how often such a verdict is right, and what
 * the method beside it says.
 * @param beside the method that the deciding one is compared with
 * @param truth null if it isn't known
 */
export function VerdictCard({
  verdict,
  far,
  beside,
  truth,
}: {
  verdict: Verdict;
  far: number;
  beside: HeldScore | undefined;
  truth: PairTruth | null;
}) {
  const { method, accepted, point, score } = verdict;
  // How often such a verdict is right says nothing of a picture beside itself.
  const isItself = truth === 'one-picture' && !accepted;
  const other = beside && verdictOn(beside, far);
  return (
    <Stack gap={6} data-testid="verdict" data-method={method} data-score={score}>
      <Group gap="sm" wrap="nowrap" align="center">
        <Mark accepted={accepted} size={46} />
        <p className={classes.verdict} aria-live="polite">
          {headlineOf(verdict, truth)}
        </p>
      </Group>
      {truth && (
        <Text fw={600} data-testid="truth">
          {truthSentence(accepted, truth)}
        </Text>
      )}
      {isItself || (
        <Text>
          <SurenessWords verdict={verdict} />
          {isClose(verdict) && ' A close call: other reference pairs could have turned it.'}
        </Text>
      )}
      {other && (
        <Group gap={6} wrap="nowrap" align="center">
          <Mark accepted={other.accepted} size={20} />
          <Text size="sm">
            <BesideWords deciding={verdict} other={other} />
          </Text>
        </Group>
      )}
      <Text size="xs" c="dimmed" lh={1.4}>
        <StrictnessWords verdict={verdict} far={far} />
        {point.evidence === 'few' && ` ${FEW_MEANING}`}
      </Text>
    </Stack>
  );
}

/** Stands in the place of a verdict that can't be given, with the reason. */
export function NoVerdict({ reason }: { reason: string }) {
  return (
    <Stack gap={8} data-testid="no-verdict">
      <p className={classes.verdict} aria-live="polite">
        No verdict
      </p>
      <Text>{reason}</Text>
    </Stack>
  );
}
