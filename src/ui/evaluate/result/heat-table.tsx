import { Group, Text, VisuallyHidden } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
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
import { heatOf, protocolTitle, type Heat, type HeatCell, type HeatFigure } from './heat';
import { ProtocolWords, TitledMethod } from './heat-words';
import classes from './heat-table.module.css';

/** Pixels of a column; where there are fewer, each method has its figures below its name. */
const MIN_WIDTH = { method: 104, protocol: 126 };

/** One figure of all methods on all protocols, the higher the bluer. */
export function HeatTable({ rows, figure }: { rows: readonly ResultRow[]; figure: HeatFigure }) {
  const heat = heatOf(rows, figure.name);
  const headTitle = useHeadTitle();
  const { ref, width } = useElementSize();
  const isNarrow = width > 0 && width < MIN_WIDTH.method + heat.columns.length * MIN_WIDTH.protocol;
  // Roles are said, because a table that is laid out in another way loses its own in some browsers.
  return (
    <div ref={ref}>
      <table
        role="table"
        className={classes.table}
        data-narrow={isNarrow || undefined}
        aria-label={`${figure.title}: methods and protocols`}
      >
        <thead role="rowgroup">
          <tr role="row">
            <td role="cell" className={classes.methods} />
            {heat.columns.map(({ protocol, row }) => (
              <th role="columnheader" key={protocol} scope="col">
                <ProtocolWords name={protocol} />
                <span className={classes.note}>{pairsCell(row)} pairs</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {heat.rows.map(({ method, head, cells }) => (
            <tr role="row" key={method}>
              <th role="rowheader" scope="row" className={classes.method}>
                <TitledMethod title={method} />
                {head !== 'none' && <span className={classes.note}>{headTitle(head)}</span>}
              </th>
              {cells.map((each, at) => {
                const { protocol } = heat.columns[at]!;
                return <Cell key={protocol} heat={each} protocol={isNarrow ? protocol : null} />;
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <Legend heat={heat} />
    </div>
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

interface CellProps {
  readonly heat: HeatCell | null;
  /** Stands in the cell where the header has no room; null where it has. */
  readonly protocol: string | null;
}

function Cell({ heat, protocol }: CellProps) {
  const name = protocol !== null && (
    <span className={classes.protocol} aria-hidden>
      {protocolTitle(protocol)}
    </span>
  );
  if (heat === null || heat.shade === null)
    return (
      <td role="cell" className={`${classes.cell} ${classes.unmeasured}`}>
        {name}
        {heat === null ? 'not run' : whyUnmeasured(heat.cell)}
      </td>
    );
  const { cell, shade, isBest } = heat;
  return (
    <td
      role="cell"
      className={classes.cell}
      data-measured
      data-best={isBest || undefined}
      style={{ '--shade': shade } as CSSProperties}
    >
      {name}
      <span className={classes.value}>
        {percentText(cell.value!)}
        {markOf(cell)}
      </span>
      {isBest && <VisuallyHidden> highest of its column, ahead of cosine</VisuallyHidden>}
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
            ? 'Highest of its column, and ahead of cosine by more than chance. Its lead over the ' +
              'other methods may be chance.'
            : 'No method is ahead of cosine by more than chance.'}
        </Text>
      </Group>
    </Group>
  );
}
