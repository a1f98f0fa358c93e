import { useEffect } from 'react';
import { isActive } from '../../training/session/run-machine';
import { keptRuns } from '../runs/commands';
import { RemovedRuns } from '../runs/removed-runs';
import { ConfirmLossDialog } from '../train/confirm/confirm-loss-dialog';
import { loadEventFiles } from '../train/events/event-recorder';
import { dialogLoads, Dialogs } from './dialogs/dialogs';
import { loadWhenIdle } from './places/load-when-idle';
import { untilAnswered } from './places/until-answered';
import { CONTENT_ID, PlaceArea } from './places/place-area';
import { places } from './places/places';
import { Rail } from './rail/rail';
import classes from './shell.module.css';
import { studioStore } from './studio-store';
import { TopBar } from './top-bar/top-bar';
import { useStudio } from './use-studio';

/** The page: the places at the left, the run at the top, and the place that is shown. */
export function App() {
  const runState = useStudio((state) => state.runState);
  useEverything();
  useWakeLock(isActive(runState) && runState !== 'paused');
  return (
    <div className={classes.shell}>
      <a
        className={classes.skip}
        href={`#${CONTENT_ID}`}
        onClick={(event) => {
          // The part of the address after # is the place.
          event.preventDefault();
          document.getElementById(CONTENT_ID)?.focus();
        }}
      >
        Skip to the content
      </a>
      <Rail />
      <TopBar />
      <PlaceArea />
      <Dialogs />
      <ConfirmLossDialog />
      <RemovedRuns />
    </div>
  );
}

/**
 * Loads the other places, what opens over them, the writer of event files and the list of runs,
 * once the first place shows what it has to show and the page is idle: a network that goes away
 * later, for example in the middle of a run, breaks none of them.
 */
function useEverything(): void {
  useEffect(() => {
    const first = places[studioStore.getState().place].load;
    const others = Object.values(places).map(({ load }) => load);
    return loadWhenIdle([
      first,
      // Two faces are read sooner when no other script wants the cores.
      untilAnswered,
      ...others.filter((load) => load !== first),
      ...dialogLoads,
      loadEventFiles,
      // Rows stand in the place Runs as soon as it is opened.
      () => keptRuns.refresh(),
    ]);
  }, []);
}

/** Keeps the screen on during a run, if the browser allows it. */
function useWakeLock(wanted: boolean): void {
  useEffect(() => {
    if (!wanted || !('wakeLock' in navigator)) return;
    const lock = navigator.wakeLock.request('screen').catch((thrown: unknown) => {
      // Browsers refuse it for a hidden page and when the battery is low. The run continues.
      if (thrown instanceof DOMException && thrown.name === 'NotAllowedError') return null;
      throw thrown;
    });
    return () => void lock.then((held) => held?.release());
  }, [wanted]);
}
