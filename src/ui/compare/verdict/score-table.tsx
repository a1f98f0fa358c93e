import { Group, Table } from '@mantine/core';
import { methodsInOrder } from '../../../confidence/methods';
import type { PairScores } from '../../../inference/pair-scores';
import { fixed } from '../../components/format';
import { MethodTerm } from '../../words/method-term';
import { Mark } from './mark';
import { digitsOf, verdictOn, type HeldScore } from './verdict';

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
                <MethodTerm method={method} />
                {method === 'cosine' && ', cos θ'}
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
