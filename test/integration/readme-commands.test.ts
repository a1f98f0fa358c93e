import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tinyShard } from '../../e2e/tiny-shard';
import { writeSafetensors } from '../../src/formats/safetensors/safetensors';
import { normalised } from '../../src/core/vector';
import { gatherEmbeddings } from '../../src/training/data/gather-embeddings';
import { requireWasmMemory } from '../../src/training/session/run-memory';
import { shellWords } from '../../src/training/config/published/shell-words';
import { startNodeWasm } from '../../src/cli/node/node-backend';
import { nodeDecoder } from '../../src/cli/node/decode-image';
import { openSource } from '../../src/cli/node/node-files';
import {
  DEFAULT_BACKBONE,
  MAX_BLOCK_BYTES,
  openNodeBackbone,
} from '../../src/cli/node/node-models';
import { trainCommand } from '../../src/cli/commands/train/train-command';
import { planTraining } from '../../src/cli/commands/train/train-plan';

/** The training commands in README.md, each as one line. */
const commands = (await readFile('README.md', 'utf8'))
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.startsWith('npm run scf -- train '))
  .map((line) => line.replace(/\s+#.*$/, ''));

const people = { trainedPeople: 6, heldOutPeople: 3, pictures: 4 };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'scf-readme-'));
  await mkdir(join(root, 'shards'));
  await writeFile(join(root, 'shards', 'tiny.tar'), await tinyShard(people));
  await writeFile(join(root, 'shards', 'manifest.json'), JSON.stringify({ shards: ['tiny.tar'] }));
  await startNodeWasm();
  await writeFile(join(root, 'fc.safetensors'), await classCentres());
}, 120_000);
afterAll(() => rm(root, { recursive: true }));

/** Class centres as in a classifier, one row a person; here the mean of the person's pictures. */
async function classCentres(): Promise<Uint8Array> {
  const backbone = await openNodeBackbone(DEFAULT_BACKBONE);
  const source = await openSource(join(root, 'shards', 'manifest.json'));
  const { embeddings } = await gatherEmbeddings({
    source,
    decoder: nodeDecoder,
    backbone,
    seed: 1,
    concurrency: 2,
  });
  backbone.dispose();
  const dimension = embeddings.embeddingDim;
  const rows = new Float32Array(240 * dimension).fill(1);
  const sums = new Map<number, Float32Array>();
  embeddings.labels.forEach((label, i) => {
    const sum = sums.get(label) ?? new Float32Array(dimension);
    embeddings.embedding(i).forEach((value, at) => (sum[at]! += value));
    sums.set(label, sum);
  });
  for (const [label, sum] of sums) rows.set(normalised(sum).unit, label * dimension);
  return writeSafetensors(
    new Map([['weight', { dtype: 'F32', shape: [240, dimension], data: rows }]]),
    {},
  );
}

/**
 * Replaces a word of a documented command: paths by those of this test, and sizes by small ones, so
 * that a run takes seconds.
 */
function scaledDown(word: string, before: string | undefined): string {
  const paths: Readonly<Record<string, string>> = {
    'path/to/shards': join(root, 'shards'),
    'shards/manifest.json': join(root, 'shards', 'manifest.json'),
    'R100.pth': DEFAULT_BACKBONE,
    'fc.pt': join(root, 'fc.safetensors'),
    'head.safetensors': join(root, 'head.safetensors'),
    out: join(root, 'out'),
  };
  if (before === '--epochs') return '1';
  if (before === '--batch_size') return '8';
  return (
    paths[word] ??
    word
      .replace(/^epochs=.*/, 'epochs=1')
      .replace(/^batchSize=.*/, 'batchSize=8')
      .replace(/^copies=.*/, 'copies=2')
  );
}

/** The training plan of `scf train` with these words, parsed by commander. */
async function documentedPlan(words: readonly string[]) {
  const command = trainCommand();
  let parsed: Parameters<typeof planTraining> | null = null;
  command.action((options: Parameters<typeof planTraining>[0]) => {
    parsed = [options, command.args, null];
  });
  await command.parseAsync(words, { from: 'user' });
  return planTraining(...parsed!);
}

describe('the training commands of README.md', () => {
  it('are found', () => expect(commands.length).toBeGreaterThanOrEqual(2));

  it.each(commands)('fit into memory unchanged: %s', async (line) => {
    const words = shellWords(line.replace('npm run scf -- train ', '')).map((word) =>
      word.replace(/^shards\/manifest.json$/, join(root, 'shards', 'manifest.json')),
    );
    const { config } = await documentedPlan(words);
    expect(() =>
      requireWasmMemory(config, { convShape: [7, 7, 512] }, MAX_BLOCK_BYTES),
    ).not.toThrow();
  });

  it.each(commands)('train a head on a few faces: %s', { timeout: 240_000 }, async (line) => {
    const words = shellWords(line.replace('npm run scf -- train ', ''));
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const own = words.map((word, i) => scaledDown(word, words[i - 1]));
    // By default the head goes into the current folder, which is the repository's here.
    const isPlaced = words.some((word) => word === '--out' || word === '--output_dir');
    const out = isPlaced ? join(root, 'out', 'head.safetensors') : join(root, 'head.safetensors');
    const place = isPlaced ? [] : ['--out', out];
    await trainCommand().parseAsync([...own, ...place, '--json'], { from: 'user' });
    const result = JSON.parse(String(log.mock.calls.at(-1)![0])) as {
      steps: number;
      validation: { identities: number };
    };
    vi.restoreAllMocks();
    expect(result.steps).toBeGreaterThan(0);
    expect(result.validation.identities).toBe(people.heldOutPeople);
    expect((await stat(out)).size).toBeGreaterThan(100_000);
  });

  it('would be refused before they start with the published head', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const started = trainCommand().parseAsync(
      [
        '--dataset',
        join(root, 'shards', 'manifest.json'),
        '--batch_size',
        '1024',
        '--output_dir',
        join(root, 'never'),
      ],
      { from: 'user' },
    );
    await expect(started).rejects.toMatchObject({
      code: 'out-of-gpu-memory',
      message: expect.stringContaining('reference head'),
      nextStep: expect.stringContaining('torchrun'),
    });
    vi.restoreAllMocks();
  });
});
