import { pathToFileURL } from 'node:url';
import { countBar, type CountBar } from '../src/cli/count-bar';
import { messageOf } from '../src/core/studio-error';
import { fetchModels } from './fetch-models';
import { makeShards } from './make-shards';

/** Milliseconds between two progress lines if stderr is no terminal. */
const LINE_INTERVAL_MS = 1000;

/** A progress bar that appears with its first update: work that is skipped shows nothing. */
interface LateBar {
  update(done: number, total?: number): void;
  stop(): void;
}

function lateBar(label: string, unit: string): LateBar {
  let bar: CountBar | null = null;
  return {
    update: (done, total) => {
      bar ??= countBar(label, total, { unit, interval: LINE_INTERVAL_MS });
      bar.update(done, total);
    },
    stop: () => bar?.stop(),
  };
}

/**
 * Fetches the models unless they exist, with progress on stderr.
 * @throws Error with one sentence
 */
export async function prepareModels(): Promise<void> {
  const bar = lateBar('Fetching the face models', 'bytes');
  await fetchModels({ onProgress: bar.update }).finally(bar.stop);
}

/** Makes the demo faces unless they exist, with progress on stderr. */
export async function prepareShards(): Promise<void> {
  const bar = lateBar('Making the demo faces', 'pictures');
  await makeShards({ onProgress: bar.update }).finally(bar.stop);
}

/** Does `work`, and shows on stderr every second how long it has taken. */
export async function withElapsedTime<T>(label: string, work: () => Promise<T>): Promise<T> {
  const bar = lateBar(label, 'seconds');
  const startedAt = performance.now();
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
  try {
    if (!command) throw new Error('"models" or "shards" was expected.');
    await command();
  } catch (thrown) {
    console.error(messageOf(thrown));
    process.exitCode = 1;
  }
}
