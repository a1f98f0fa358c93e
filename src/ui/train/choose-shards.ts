import { isDataPending } from '../data/sources/use-source';
import { send } from '../shell/client/studio-client';
import { studioStore } from '../shell/studio-store';
import { shardsChosen, type ShardsChoice } from '../data/sources/shards-chosen';

/** Sets the shards of the next run, and ends what is being asked of the shards before. */
export function chooseShards(choice: ShardsChoice): void {
  if (isDataPending(studioStore.getState())) send({ type: 'stop-data' });
  studioStore.setState((state) => shardsChosen(choice, state));
}
