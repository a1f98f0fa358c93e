import { Group } from '@mantine/core';
import { ActionButton } from '../actions/action-button';
import { runActions } from '../actions/run-actions';
import { isRunActive } from '../../data/sources/use-source';
import type { StudioState } from '../studio-store';
import { useStudio } from '../use-studio';
import classes from './top-bar.module.css';

const hasRun = ({ runState, isWatching }: StudioState) => runState !== 'idle' || isWatching;

/** The run on show, or the one that was saved: its name, how far it is, and its controls. */
export function RunStatus() {
  const isShown = useStudio(hasRun);
  const isActive = useStudio((state) => isRunActive(state) && !state.isWatching);
  const canResume = useStudio(runActions.resume.predicate);
  if (!isShown && !canResume) return null;
  return (
    <div className={classes.run} role="group" aria-label="The run">
      {isShown ? <ShownRun /> : <SavedRun />}
      {isActive && (
        <Group gap={2} wrap="nowrap">
          <ActionButton actions={[runActions.pause, runActions.continue]} variant="light" />
          <ActionButton actions={[runActions.step]} />
          <ActionButton actions={[runActions.stop]} />
        </Group>
      )}
      {canResume && <ActionButton actions={[runActions.resume]} />}
    </div>
  );
}

function ShownRun() {
  const name = useStudio(({ keptRun }) => keptRun?.name);
  const runState = useStudio((state) => state.runState);
  const isWatching = useStudio((state) => state.isWatching);
  const hasCollapsed = useStudio((state) => state.collapse !== null);
  const latest = useStudio((state) => state.latest);
  const epochs = useStudio((state) => state.runConfig?.epochs);
  return (
    <div className={classes.runText}>
      <div className={classes.runLine}>
        {name !== undefined && <span className={classes.runName}>{name} </span>}
        <span className={classes.runState} data-state={runState}>
          <span data-testid="run-state">{runState}</span>
          {isWatching && ', in another tab'}
          {hasCollapsed && <span className={classes.bad}>, has not learnt</span>}
        </span>
      </div>
      {latest && epochs !== undefined && (
        <div className={classes.runFigures}>
          epoch {latest.epoch}/{epochs} · step <span data-testid="step">{latest.step}</span>
        </div>
      )}
    </div>
  );
}

function SavedRun() {
  const run = useStudio((state) => state.resumable);
  if (!run) return null;
  return (
    <div className={classes.runText}>
      <div className={classes.runLine}>
        <span className={classes.runName}>{run.name}</span>
      </div>
      <div className={classes.runFigures}>
        {run.isFinished ? 'finished' : `saved at step ${run.step}`}
      </div>
    </div>
  );
}
