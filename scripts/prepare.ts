import { pathToFileURL } from 'node:url';
import { countBar, type CountBar } from '../src/cli/count-bar';
import { fetchModels } from './fetch-models';
import { makeShards } from './make-shards';

/**
 * Milliseconds between two lines where there is no terminal: with the time of a batch, nobody waits
 * two seconds for one.
 */
const INTERVAL = 1000;

/** A count that is shown from its first update on: what is there already says nothing. */
interface LateBar {
  update(done: number, total?: number): void;
  stop(): void;
}

function lateBar(label: string, unit: string): LateBar {
  let bar: CountBar | null = null;
  return {
    update: (done, total) =>
      (bar ??= countBar(label, total, { unit, interval: INTERVAL })).update(done, total),
    stop: () => bar?.stop(),
  };
}

/**
 * Fetches the models unless they are there, and says on stderr how far it is. @throws Error with
 * one sentence
 */
export async function prepareModels(): Promise<void> {
  const bar = lateBar('Fetching the face models', 'bytes');
  await fetchModels({ onProgress: bar.update }).finally(bar.stop);
}

/** Makes the demo faces unless they are there, and says on stderr how far it is. */
export async function prepareShards(): Promise<void> {
  const bar = lateBar('Making the demo faces', 'pictures');
  await makeShards({ onProgress: bar.update }).finally(bar.stop);
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

/** `npm run models` and `npm run shards`. */
const commands: Readonly<Record<string, () => Promise<void>>> = {
  models: prepareModels,
  shards: prepareShards,
};

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const command = commands[process.argv[2] ?? ''];
  await (
    command ? command() : Promise.reject(new Error('"models" or "shards" was expected.'))
  ).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
