import { Group, Stack, Table, Text, ThemeIcon } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { methodsInOrder, methodTitles } from '../../confidence/methods';
import { oneIn } from '../../core/number-words';
import { FEW_MARK, FEW_MEANING } from '../../evaluation/statistics/rule-of-thirty';
import type { PairScores } from '../../inference/pair-scores';
import { fixed, percent } from '../components/format';
import { digitsOf, verdictOn, type HeldScore, type Verdict } from './verdict';

/** The verdict on a pair in large letters, with its margin and the rates of its threshold. */
export function VerdictPanel({ verdict, far }: { verdict: Verdict; far: number }) {
  const { method, score, point, accepted } = verdict;
  const isFew = point.evidence === 'few';
  const digits = digitsOf(method);
  const margin = Math.abs(score - point.threshold).toFixed(digits);
  return (
    <Group align="flex-start" wrap="nowrap" data-testid="verdict" data-method={method}>
      <Mark accepted={accepted} size={52} />
      <Stack gap={2}>
        <Text fz={28} fw={700} lh={1.2} aria-live="polite">
          {accepted ? 'The same person' : 'Not the same person'}
        </Text>
        <Text>
          by {methodTitles[method]}: <b>{score.toFixed(digits)}</b>, {margin}{' '}
          {accepted ? 'above' : 'below'} the threshold {point.threshold.toFixed(digits)} for{' '}
          {oneIn(far)} false accepts{isFew && FEW_MARK}
        </Text>
        <Text size="sm">
          At this threshold {percent(point.far)} of the reference pairs of two people pass, and{' '}
          {percent(point.tar)} of those of one person.
        </Text>
        {isFew && (
          <Text size="xs" c="dimmed">
            {FEW_MEANING}
          </Text>
        )}
      </Stack>
    </Group>
  );
}

/** The score of every method, with its threshold and its own verdict. */
export function ScoreTable({
  scores,
  held,
  far,
}: {
  scores: PairScores;
  held: readonly HeldScore[];
  /** null if no rate can be measured. */
  far: number | null;
}) {
  const isMeasured = held.length > 0 && far !== null;
  return (
    <Table
      verticalSpacing={3}
      aria-label="The score of every method"
      style={{ fontVariantNumeric: 'tabular-nums', width: 'auto' }}
    >
      <Table.Thead>
        <Table.Tr>
          {['Method', 'Score', ...(isMeasured ? ['Threshold', 'Same?'] : [])].map((name) => (
            <Table.Th key={name} scope="col" ta={name === 'Method' ? 'left' : 'right'}>
              {name}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {methodsInOrder(scores).map((method) => {
          const mine = held.find((each) => each.method === method);
          const verdict = mine && far !== null ? verdictOn(mine, far) : null;
          const digits = digitsOf(method);
          return (
            <Table.Tr key={method}>
              <Table.Th scope="row" fw={500}>
                {method === 'cosine' ? 'Cosine, cos θ' : methodTitles[method]}
              </Table.Th>
              <Table.Td ta="right" data-testid={SCORE_IDS[method] ?? `${method}-score`}>
                {fixed(scores[method], digits)}
              </Table.Td>
              {isMeasured && (
                <>
                  <Table.Td ta="right">{fixed(verdict?.point.threshold, digits)}</Table.Td>
                  <Table.Td ta="right">
                    {verdict ? (
                      <Group gap={4} justify="flex-end" wrap="nowrap">
                        <Mark accepted={verdict.accepted} size={18} />
                        {verdict.accepted ? 'yes' : 'no'}
                      </Group>
                    ) : (
                      '–'
                    )}
                  </Table.Td>
                </>
              )}
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}

const SCORE_IDS: Readonly<Partial<Record<string, string>>> = { cosine: 'cos-theta' };

/** A tick or a cross in a circle; the words beside it say the same. */
export function Mark({ accepted, size }: { accepted: boolean; size: number }) {
  const Icon = accepted ? IconCheck : IconX;
  return (
    <ThemeIcon size={size} radius="xl" color={accepted ? 'teal.8' : 'orange.8'} aria-hidden>
      <Icon size={0.7 * size} stroke={2.5} />
    </ThemeIcon>
  );
}
