import { countBar, type CountBar } from '../src/cli/count-bar';
import { fetchModels } from './fetch-models';
import { makeShards } from './make-shards';

/** Milliseconds between two lines where there is no terminal: with the time of a batch, nobody waits two seconds for one. */
const INTERVAL = 1000;

/** A count that is shown from its first update on: what is there already says nothing. */
interface LateBar {
  update(done: number, total?: number): void;
  stop(): void;
}

function lateBar(label: string, unit: string): LateBar {
  let bar: CountBar | null = null;
  return {
    update: (done, total) => (bar ??= countBar(label, total, { unit, interval: INTERVAL })).update(done, total),
    stop: () => bar?.stop(),
  };
}

/**
 * Fetches the models and makes the demo shards, unless they are there, and says how far each is, on stderr.
 * @throws Error with one sentence
 */
export async function prepare(): Promise<void> {
  const fetching = lateBar('Fetching the face models', 'bytes');
  await fetchModels({ onProgress: fetching.update }).finally(fetching.stop);
  const making = lateBar('Making the demo faces', 'pictures');
  await makeShards({ onProgress: making.update }).finally(making.stop);
}

/** Says every second how long something takes of which nothing else is known. */
export async function sayingSeconds<T>(label: string, work: () => Promise<T>): Promise<T> {
  const [bar, startedAt] = [lateBar(label, 'seconds'), performance.now()];
  const update = () => bar.update((performance.now() - startedAt) / 1000);
  const timer = setInterval(update, 1000);
  update();
  try {
    return await work();
  } finally {
    clearInterval(timer);
    update();
    bar.stop();
  }
}
