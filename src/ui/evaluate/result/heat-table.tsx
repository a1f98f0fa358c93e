import { Group, Text, VisuallyHidden } from '@mantine/core';
import type { CSSProperties } from 'react';
import { pairsCell, type ResultRow } from '../../../evaluation/results-table';
import {
  markOf,
  percentText,
  whyUnmeasured,
  type ResultCell,
} from '../../../evaluation/statistics/result-cell';
import { headName } from '../../heads/head-words';
import { useStudio } from '../../shell/use-studio';
import { WideTable } from '../../components/wide-table';
import { heatOf, type Heat, type HeatCell, type HeatFigure } from './heat';
import { ProtocolWords, TitledMethod } from './heat-words';
import classes from './heat-table.module.css';

/** Pixels; where there are fewer, the table scrolls. */
const MIN_WIDTH = { method: 104, protocol: 126 };

/** One figure of all methods on all protocols, the higher the bluer. */
export function HeatTable({ rows, figure }: { rows: readonly ResultRow[]; figure: HeatFigure }) {
  const heat = heatOf(rows, figure.name);
  const headTitle = useHeadTitle();
  const label = `${figure.title}: methods and protocols`;
  return (
    <>
      <WideTable
        label={label}
        minWidth={MIN_WIDTH.method + heat.columns.length * MIN_WIDTH.protocol}
      >
        <table className={classes.table} aria-label={label}>
          <thead>
            <tr>
              <td className={classes.methods} />
              {heat.columns.map(({ protocol, row }) => (
                <th key={protocol} scope="col">
                  <ProtocolWords name={protocol} />
                  <span className={classes.note}>{pairsCell(row)} pairs</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {heat.rows.map(({ method, head, cells }) => (
              <tr key={method}>
                <th scope="row" className={classes.method}>
                  <TitledMethod title={method} />
                  {head !== 'none' && <span className={classes.note}>{headTitle(head)}</span>}
                </th>
                {cells.map((each, at) => (
                  <Cell key={heat.columns[at]!.protocol} heat={each} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </WideTable>
      <Legend heat={heat} />
    </>
  );
}

/** The name of a head by that in a result, which is its file's or its run's. */
function useHeadTitle(): (head: string) => string {
  const available = useStudio((state) => state.availableHeads);
  const evaluated = useStudio((state) => state.evaluatedHeads);
  return (head) => {
    const known = [...available, ...evaluated].find(({ name }) => name === head);
    return known ? headName(known) : head.replace(/\.safetensors$/, '');
  };
}

function Cell({ heat }: { heat: HeatCell | null }) {
  if (heat === null) return <td className={`${classes.cell} ${classes.unmeasured}`}>not run</td>;
  const { cell, shade, isBest } = heat;
  if (shade === null)
    return <td className={`${classes.cell} ${classes.unmeasured}`}>{whyUnmeasured(cell)}</td>;
  return (
    <td
      className={classes.cell}
      data-measured
      data-best={isBest || undefined}
      style={{ '--shade': shade } as CSSProperties}
    >
      <span className={classes.value}>
        {percentText(cell.value!)}
        {markOf(cell)}
      </span>
      {isBest && <VisuallyHidden> best of its column</VisuallyHidden>}
      <span className={classes.interval}>{intervalText(cell) ?? 'no interval'}</span>
    </td>
  );
}

/** "95.10 – 97.30"; in words where it has no width; null without an interval. */
function intervalText({ interval }: ResultCell): string | null {
  if (interval === null) return null;
  const [low, high] = interval;
  if (low === high) return low === 1 ? 'no error found' : 'the same in every resample';
  return interval.map((end) => (100 * end).toFixed(2)).join(' – ');
}

/** What colour and ring mean. */
function Legend({ heat: { ends, rows } }: { heat: Heat }) {
  if (!ends) return null;
  const hasBest = rows.some(({ cells }) => cells.some((each) => each?.isBest));
  return (
    <Group gap="lg" mt={6}>
      <Group gap={8} wrap="nowrap">
        <Text size="xs" c="dimmed">
          {percentText(ends[0])}
        </Text>
        <span className={classes.ramp} />
        <Text size="xs" c="dimmed">
          {percentText(ends[1])}
        </Text>
      </Group>
      <Group gap={8} wrap="nowrap">
        {hasBest && <span className={classes.ring} />}
        <Text size="xs" c="dimmed">
          {hasBest
            ? 'best of its column, and better than cosine by more than chance'
            : 'No method is better than cosine by more than chance.'}
        </Text>
      </Group>
    </Group>
  );
}
