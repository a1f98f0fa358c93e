import { ActionIcon, Group, NativeSelect, Skeleton, Stack, UnstyledButton } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import type { RunSummary } from '../../../runs/run-manifest';
import { useStudio } from '../../shell/use-studio';
import { MAX_SHOWN } from '../runs-slice';
import { rowsInView } from './rows-in-view';
import styles from './run-list.module.css';
import { RunRow } from './run-row';
import { newestFirst, pressed, sortedRuns, type SortColumn, type Sorting } from './sort-runs';

/** Below this width of the list, in pixels, a run's figures stand in lines below its name. */
const NARROW_PX = 760;
/** Heights in pixels: of a row, of one whose figures stand in lines, and of the list at most. */
const ROW_PX = 52;
const TALL_ROW_PX = 136;
const MAX_HEIGHT_PX = 420;
/** Milliseconds until relative times are written anew. */
const CLOCK_MS = 30_000;

const columns: readonly { readonly column: SortColumn; readonly title: string }[] = [
  { column: 'name', title: 'Name' },
  { column: 'spearman', title: 'ρ' },
  { column: 'loss', title: 'Loss' },
  { column: 'method', title: 'Method' },
  { column: 'head', title: 'Head' },
  { column: 'data', title: 'Data' },
  { column: 'time', title: 'Begun' },
  { column: 'bytes', title: 'Size' },
  { column: 'state', title: 'State' },
];

/**
 * The runs that are kept, in a table that can be sorted. Only the rows in view are in the document,
 * so that hundreds of runs cost no more than a few.
 */
export function RunList({ runs }: { runs: readonly RunSummary[] }) {
  const [sorting, setSorting] = useState<Sorting>(newestFirst);
  const [top, setTop] = useState(0);
  const { ref, width } = useElementSize();
  const shown = useStudio((state) => state.runs.shown);
  const chosenId = useStudio((state) => state.runs.chosenId);
  const now = useClock();
  const isNarrow = width > 0 && width < NARROW_PX;
  const rowHeight = isNarrow ? TALL_ROW_PX : ROW_PX;
  const sorted = useMemo(() => sortedRuns(runs, sorting), [runs, sorting]);
  const height = Math.min(MAX_HEIGHT_PX, sorted.length * rowHeight);
  const { from, to } = rowsInView(top, height, rowHeight, sorted.length);
  return (
    <Stack gap="xs">
      {isNarrow && <SortInput sorting={sorting} setSorting={setSorting} />}
      <div
        ref={ref}
        role="table"
        aria-label="Runs that are kept"
        aria-rowcount={sorted.length + 1}
        className={styles.table}
        data-narrow={isNarrow || undefined}
        data-testid="run-list"
      >
        <div role="rowgroup" className={styles.head}>
          <div role="row" aria-rowindex={1} className={styles.row}>
            <span role="columnheader">
              <span className={styles.hidden}>In the charts</span>
            </span>
            <span role="columnheader">
              <span className={styles.hidden}>Star</span>
            </span>
            {columns.map(({ column, title }) => (
              <Header
                key={column}
                title={title}
                sorting={sorting}
                column={column}
                // Where the header isn't seen, nothing in it may have the focus.
                onPress={isNarrow ? null : () => setSorting(pressed(sorting, column))}
              />
            ))}
          </div>
        </div>
        <div
          role="presentation"
          className={styles.scroller}
          style={{ height }}
          onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        >
          <div role="rowgroup" style={{ height: sorted.length * rowHeight, position: 'relative' }}>
            {sorted.slice(from, to).map((run, i) => (
              <RunRow
                key={run.id}
                run={run}
                rowIndex={from + i + 2}
                top={(from + i) * rowHeight}
                height={rowHeight}
                now={now}
                isShown={shown.includes(run.id)}
                isChosen={chosenId === run.id}
                isFull={shown.length >= MAX_SHOWN}
              />
            ))}
          </div>
        </div>
      </div>
    </Stack>
  );
}

/** What stands in the place of the list until it has been read. */
export function RunListSkeleton() {
  return (
    <Stack gap={8} role="status" aria-label="Reading the runs" data-testid="runs-loading">
      {Array.from({ length: 4 }, (_, i) => (
        <Skeleton key={i} height={ROW_PX - 8} />
      ))}
    </Stack>
  );
}

function Header({
  column,
  title,
  sorting,
  onPress,
}: {
  column: SortColumn;
  title: string;
  sorting: Sorting;
  /** null for a header that can't be pressed. */
  onPress: (() => void) | null;
}) {
  const isSorted = sorting.column === column;
  const direction = sorting.isAscending ? 'ascending' : 'descending';
  return (
    <span role="columnheader" aria-sort={isSorted ? direction : 'none'}>
      {onPress === null ? (
        title
      ) : (
        <UnstyledButton className={styles.sort} onClick={onPress}>
          {title}
          {isSorted && <SortMark isAscending={sorting.isAscending} />}
        </UnstyledButton>
      )}
    </span>
  );
}

function SortMark({ isAscending }: { isAscending: boolean }) {
  const Mark = isAscending ? IconArrowUp : IconArrowDown;
  return <Mark size={12} aria-hidden />;
}

/** Sorts the list where its headers have no room. */
function SortInput({
  sorting,
  setSorting,
}: {
  sorting: Sorting;
  setSorting: (sorting: Sorting) => void;
}) {
  return (
    <Group gap="xs" align="flex-end">
      <NativeSelect
        label="Sort by"
        size="xs"
        value={sorting.column}
        data={columns.map(({ column, title }) => ({ value: column, label: title }))}
        onChange={(event) => setSorting(pressed(sorting, event.currentTarget.value as SortColumn))}
      />
      <ActionIcon
        size="30"
        variant="default"
        aria-label={sorting.isAscending ? 'Smallest first' : 'Largest first'}
        onClick={() => setSorting({ ...sorting, isAscending: !sorting.isAscending })}
      >
        <SortMark isAscending={sorting.isAscending} />
      </ActionIcon>
    </Group>
  );
}

/** Now, in milliseconds since the Unix epoch, written anew often enough for "2 minutes ago". */
function useClock(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), CLOCK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
