import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tinyShard } from '../../e2e/tiny-shard';
import { seededRandom } from '../../src/core/seeded-random';
import { NodeFileStore } from '../../src/cli/node/node-file-store';
import { RunLibrary } from '../../src/runs/run-library';
import { readSavedRun } from '../../src/training/checkpoint/saved-run';
import { shownSteps } from '../fixtures/read-tfevents';

/** How often the command line is killed: a few here, `KILLS=20` for the whole test. */
const KILLS = Number(process.env.KILLS ?? 2);
/** Milliseconds after a save has begun within which the process is killed: several more saves. */
const LONGEST_WAIT = 300;

let root = '';
let child: ChildProcess | null = null;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'scf-killed-'));
  const people = { trainedPeople: 4, heldOutPeople: 2, pictures: 3 };
  await mkdir(join(root, 'shards'));
  await writeFile(join(root, 'shards', 'a.tar'), await tinyShard(people));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(root, { recursive: true });
});

/** Starts `scf train`, which saves after every step. */
function train(...words: readonly string[]) {
  const own = ['--checkpoints', join(root, 'runs'), '--out', join(root, 'head.safetensors')];
  // Without patience, which would end the run by itself.
  const settings = 'epochs=1000 patience=0 checkpointEvery=1 batchSize=8 tensorboard=true'.split(
    ' ',
  );
  const started = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/cli/scf.ts', 'train', '--shards', join(root, 'shards')].concat(
      own,
      ...words,
      '--set',
      settings,
    ),
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let stderr = '';
  started.stderr.on('data', (text) => (stderr += String(text)));
  const ended = new Promise<void>((resolve) => started.once('close', () => resolve()));
  child = started;
  return { started, ended, said: () => stderr };
}

it(
  `loses nothing that was saved, killed ${KILLS} times while it saves`,
  { timeout: 60_000 * (KILLS + 1) },
  async () => {
    const random = seededRandom(19);
    const library = new RunLibrary(new NodeFileStore(join(root, 'runs')));
    let saved = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const { started, ended, said } = train(...(kill === 0 ? [] : ['--resume']));
      await untilSaved(started, said);
      await setTimeout(random.int(LONGEST_WAIT));
      started.kill('SIGKILL');
      await ended;
      if (kill > 0) expect(said()).toContain('goes on after step');
      saved = await checkRuns(library, saved);
    }
    expect(saved).toBeGreaterThan(KILLS / 2);
  },
);

/** Waits until the process has replaced the checkpoint that was there when it began. */
async function untilSaved(started: ChildProcess, said: () => string): Promise<void> {
  const before = await checkpointTime();
  while ((await checkpointTime()) === before) {
    if (started.exitCode !== null) throw new Error(`It ended by itself: ${said()}`);
    await setTimeout(20);
  }
}

async function checkpointTime(): Promise<number> {
  const runs = new NodeFileStore(join(root, 'runs', 'runs'));
  const [id] = await runs.folders();
  if (id === undefined) return 0;
  const file = join(root, 'runs', 'runs', id, 'run.safetensors');
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** @param before the step of the checkpoint before this process @returns that of the last one */
async function checkRuns(library: RunLibrary, before: number): Promise<number> {
  const { runs, problems } = await library.list();
  expect(problems).toEqual([]);
  expect(runs).toHaveLength(1);
  expect(runs[0]!.state).toBe('interrupted');
  const run = await library.open(runs[0]!.id);
  const checkpoint = await readSavedRun(run.folder);
  const { step } = checkpoint!.header.cursor;
  // The same where it was killed between the two names of a checkpoint.
  expect(step).toBeGreaterThanOrEqual(before);
  const curves = await run.curves();
  expect([...curves.step]).toEqual(Array.from(curves.step, (_, i) => i + 1));
  expect(curves.step.length).toBeGreaterThanOrEqual(step);
  const validated = (await run.validations()).map((each) => each.step);
  expect(validated).toEqual([...new Set(validated)].sort((a, b) => a - b));
  const shown = await shownSteps(join(root, 'runs', 'runs', run.id), 'total_loss');
  expect(shown).toEqual(shown.map((_, i) => i + 1));
  expect(shown.length).toBeGreaterThanOrEqual(step);
  return step;
}
