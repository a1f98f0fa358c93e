import { Button, Group, Title } from '@mantine/core';
import { ActionButton } from '../actions/action-button';
import { runActions } from '../actions/run-actions';
import { studioActions } from '../actions/studio-actions';
import { placeTitles } from '../address/place-names';
import { isRunActive } from '../../data/sources/use-source';
import { SettingsButton } from '../settings/settings-button';
import { useStudio } from '../use-studio';
import { BackendBadge } from './backend-badge';
import { CopyLink } from './copy-link-button';
import { RunStatus } from './run-status';
import classes from './top-bar.module.css';

/** The name of the place, the run, and what is the same everywhere. */
export function TopBar() {
  const place = useStudio((state) => state.place);
  return (
    <header className={classes.bar}>
      <Group gap="sm" wrap="nowrap" className={classes.title}>
        <Title order={1} className={classes.heading}>
          {placeTitles[place]}
        </Title>
        {place === 'train' && (
          <>
            <StartAnother />
            <SettingsButton />
          </>
        )}
      </Group>
      <RunStatus />
      <Group gap={4} wrap="nowrap" className={classes.studio}>
        <BackendBadge />
        <CopyLink />
        <ActionButton actions={[studioActions.colours]} />
        <ActionButton actions={[studioActions.palette]} hiddenFrom="sm" />
      </Group>
    </header>
  );
}

/** Starts the next run while the figures of one that has ended are on show. */
function StartAnother() {
  const hasEnded = useStudio((state) => state.latest !== null && !isRunActive(state));
  const canStart = useStudio(runActions.start.predicate);
  if (!hasEnded) return null;
  return (
    <Button size="xs" disabled={!canStart} onClick={() => runActions.start.perform()}>
      Start
    </Button>
  );
}
