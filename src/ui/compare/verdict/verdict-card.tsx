import { Group, Stack, Text } from '@mantine/core';
import { FEW_MARK, FEW_MEANING } from '../../../evaluation/statistics/rule-of-thirty';
import classes from '../compare.module.css';
import { Mark } from './mark';
import { isClose, verdictOn, type HeldScore, type Verdict } from './verdict';
import { besideText, surenessText } from './verdict-words';

/**
 * The verdict on a pair in large letters, how sure it is, and what the method beside it says.
 * @param beside the method that the deciding one is compared with
 */
export function VerdictCard({
  verdict,
  far,
  beside,
}: {
  verdict: Verdict;
  far: number;
  beside: HeldScore | undefined;
}) {
  const { method, accepted, point, score } = verdict;
  const other = beside && verdictOn(beside, far);
  return (
    <Stack gap={8} data-testid="verdict" data-method={method} data-score={score}>
      <Group gap="sm" wrap="nowrap" align="center">
        <Mark accepted={accepted} size={46} />
        <p className={classes.verdict} aria-live="polite">
          {accepted ? 'Same person' : 'Not the same'}
          {isClose(verdict) && ', barely'}
        </p>
      </Group>
      <Text>
        {isClose(verdict) && 'A close call: other reference pairs could have turned it. '}
        {surenessText(verdict, far)}
        {point.evidence === 'few' && FEW_MARK}
      </Text>
      {other && (
        <Group gap={6} wrap="nowrap" align="center">
          <Mark accepted={other.accepted} size={20} />
          <Text size="sm">{besideText(verdict, other)}</Text>
        </Group>
      )}
      {point.evidence === 'few' && (
        <Text size="xs" c="dimmed">
          {FEW_MEANING}
        </Text>
      )}
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
