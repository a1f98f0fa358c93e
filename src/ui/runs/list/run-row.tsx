import { memo } from 'react';
import { methodTitles } from '../../../confidence/methods';
import type { RunSummary } from '../../../runs/run-manifest';
import { bytes, fixed } from '../../components/format';
import { useStudio } from '../../shell/use-studio';
import { keptRuns } from '../commands';
import common from '../runs.module.css';
import { RunName } from '../run-name';
import { dataName, exactTime, lengthWords, stateOf, timeAgo } from '../run-words';
import { Star } from '../star';
import styles from './run-list.module.css';

interface RunRowProps {
  readonly run: RunSummary;
  /** From 1, the header included. */
  readonly rowIndex: number;
  /** Its place in the list and its height, in pixels. */
  readonly top: number;
  readonly height: number;
  readonly now: number;
  readonly isShown: boolean;
  readonly isChosen: boolean;
  /** No other run can be added to those on show. */
  readonly isFull: boolean;
}

/** A line of the list: what a run is called, how good it became, and what it is made of. */
export const RunRow = memo(function RunRow(props: RunRowProps) {
  const { run, rowIndex, top, height, now, isShown, isChosen, isFull } = props;
  const { id, name, note, config, startedAt } = run;
  const state = useStudio((studio) => stateOf(run, studio));
  return (
    <div
      role="row"
      aria-rowindex={rowIndex}
      aria-current={isChosen || undefined}
      className={styles.row}
      data-shown={isShown || undefined}
      data-testid="run-row"
      style={{ position: 'absolute', top, height, left: 0, right: 0 }}
    >
      <span role="cell" className={styles.tick}>
        <input
          type="checkbox"
          className={styles.check}
          aria-label={`${name} in the charts`}
          checked={isShown}
          disabled={isFull && !isShown}
          onChange={(event) => void keptRuns.overlay(id, event.currentTarget.checked)}
        />
      </span>
      <span role="cell" className={styles.star}>
        <Star run={run} />
      </span>
      <span role="cell" className={styles.name}>
        <RunName run={run}>
          <button
            type="button"
            className={common.choose}
            title={name}
            onClick={() => void keptRuns.choose(id)}
          >
            {name}
          </button>
        </RunName>
        {note !== '' && (
          <span className={`${styles.note} ${styles.faint}`} title={note}>
            {note}
          </span>
        )}
      </span>
      <span role="cell" className={styles.number} data-label="ρ">
        {fixed(run.spearman, 3)}
      </span>
      <span role="cell" className={styles.number} data-label="loss">
        {fixed(run.loss, 3)}
      </span>
      <span role="cell">{methodTitles[config.method]}</span>
      <span role="cell">{config.head}</span>
      <span role="cell" className={styles.cut} title={run.data.name}>
        {dataName(run)}
      </span>
      <span role="cell" className={styles.time}>
        <time dateTime={new Date(startedAt).toISOString()}>
          {timeAgo(startedAt, now)}
          <span className={`${styles.exact} ${styles.faint}`}>{exactTime(startedAt)}</span>
        </time>
      </span>
      <span role="cell" className={styles.number}>
        {bytes(run.bytes)}
      </span>
      <span role="cell">
        <span
          className={styles.state}
          data-state={run.state}
          title={`${lengthWords(run)}${run.failure === null ? '' : `: ${run.failure}`}`}
        >
          {state}
        </span>
      </span>
    </div>
  );
});
