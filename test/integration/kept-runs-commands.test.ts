import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tinyShard } from '../../e2e/tiny-shard';
import { reportCommand } from '../../src/cli/commands/runs/report-command';
import { runsCommand } from '../../src/cli/commands/runs/runs-command';
import { trainCommand } from '../../src/cli/commands/train/train-command';
import { shownSteps } from '../fixtures/read-tfevents';

let root = '';
const at = (...names: string[]) => join(root, ...names);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'scf-kept-'));
  await mkdir(at('shards'));
  const people = { trainedPeople: 4, heldOutPeople: 2, pictures: 3 };
  await writeFile(at('shards', 'a.tar'), await tinyShard(people));
  await train('epochs=2');
  await train('epochs=3', 'learningRate=6e-3');
}, 240_000);
afterAll(() => rm(root, { recursive: true }));

/** What a command prints on stdout and stderr. */
async function printed(work: () => Promise<unknown>) {
  const lines = { out: '', err: '' };
  const log = vi.spyOn(console, 'log').mockImplementation((text) => void (lines.out += text));
  const error = vi.spyOn(console, 'error').mockImplementation((text) => void (lines.err += text));
  await work().finally(() => {
    log.mockRestore();
    error.mockRestore();
  });
  return lines;
}

const train = (...settings: string[]) =>
  printed(() =>
    trainCommand().parseAsync(
      [
        ...['--shards', at('shards'), '--checkpoints', at('kept'), '--json'],
        ...['--out', at('head.safetensors')],
        ...['--set', 'batchSize=8', 'tensorboard=true', ...settings],
      ],
      { from: 'user' },
    ),
  );

const runs = async (name: string, ...words: string[]) =>
  (
    await printed(() =>
      runsCommand().parseAsync([name, ...words, '--checkpoints', at('kept')], { from: 'user' }),
    )
  ).out;

interface ListedRun {
  readonly id: string;
  readonly name: string;
}
const listed = async (): Promise<ListedRun[]> =>
  (JSON.parse(await runs('list', '--json')) as { runs: ListedRun[] }).runs;

describe('runs that train --checkpoints keeps', () => {
  it('are listed, shown and compared by name', async () => {
    const [second, first] = await listed();
    expect(first!.id).not.toBe(second!.id);
    const table = await runs('list');
    for (const { name } of [first!, second!]) expect(table).toContain(name);
    expect(JSON.parse(await runs('show', first!.id, '--json'))).toMatchObject({
      name: first!.name,
      state: 'finished',
      hasEnded: true,
      hasHead: true,
      epoch: 2,
      validation: { identities: 2 },
    });
    expect(await runs('show', second!.name)).toContain('3 of 3');
    const compared = await runs('compare', first!.name, second!.name);
    expect(compared).toContain(
      `${second!.name}, against ${first!.name}: epochs 3 instead of 2, lr ×2.`,
    );
  });

  it('go out into one file and come in again, and are removed for good', async () => {
    const [run] = await listed();
    await runs('export', run!.id, '--out', at('a.scfrun'));
    await runs('remove', run!.id);
    expect((await listed()).map(({ id }) => id)).not.toContain(run!.id);
    expect(await runs('import', at('a.scfrun'))).toContain(run!.name);
    expect((await listed()).map(({ name }) => name)).toContain(run!.name);
    await expect(runs('show', 'nobody')).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('There is no run "nobody"'),
    });
  });

  it('are reported in one HTML file', async () => {
    const [second, first] = await listed();
    const report = async (...words: string[]) => {
      await printed(() =>
        reportCommand().parseAsync([...words, '--out', at('r.html')], { from: 'user' }),
      );
      return readFile(at('r.html'), 'utf8');
    };
    expect(await report(at('kept', 'runs', first!.id))).toContain(`<h1>${first!.name}</h1>`);
    expect(await report(at('kept'))).toContain(`<h1>${second!.name}</h1>`);
    expect(await report(at('kept'), first!.name, second!.name)).toContain(
      `<h1>${first!.name} · ${second!.name}</h1>`,
    );
    await writeFile(at('none.json'), '{}');
    await expect(report(at('none.json'))).rejects.toMatchObject({ code: 'bad-config' });
  });

  it('go on with --resume, and TensorBoard’s steps with them', { timeout: 120_000 }, async () => {
    const id = (await listed()).at(-1)!.id;
    const folder = at('kept', 'runs', id);
    const before = await shownSteps(folder, 'total_loss');
    expect(before.length).toBeGreaterThan(1);
    const { err } = await printed(() =>
      trainCommand().parseAsync(
        [
          ...['--shards', at('shards'), '--checkpoints', at('kept'), '--json'],
          ...['--out', at('head.safetensors'), '--resume', id, '--set', 'epochs=4'],
        ],
        { from: 'user' },
      ),
    );
    expect(err).toContain('goes on after step');
    const after = await shownSteps(folder, 'total_loss');
    expect(after).toEqual(after.map((_, i) => i + 1));
    expect(after.length).toBe(2 * before.length);
    expect(JSON.parse(await runs('show', id, '--json'))).toMatchObject({ epoch: 4 });
  });
});
