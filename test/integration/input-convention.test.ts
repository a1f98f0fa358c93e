import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { colouredCrop, firstChannelBackbone } from '../fixtures/coloured-people';
import { pairBin } from '../fixtures/pair-bin';
import { CROP_SIZE } from '../../src/faces/face-record';
import { centresCommand } from '../../src/cli/commands/centres';
import { evaluateCommand } from '../../src/cli/commands/evaluate/evaluate';
import { embedCommand } from '../../src/cli/commands/faces/embed';
import { scoreCommand } from '../../src/cli/commands/faces/score';
import { trainCommand } from '../../src/cli/commands/train/train-command';

const [PEOPLE, PICTURES] = [12, 4];
let folder = '';
const pathOf = (name: string) => join(folder, name);
const person = (index: number) => `person-${String(index).padStart(2, '0')}`;

async function png(index: number, picture: number): Promise<Uint8Array> {
  const raw = { width: CROP_SIZE, height: CROP_SIZE, channels: 3 } as const;
  const image = sharp(colouredCrop(index, picture, 'blue'), { raw }).png();
  return new Uint8Array(await image.toBuffer());
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'input-convention-'));
  await writeFile(pathOf('one.onnx'), firstChannelBackbone());
  const pictures: Uint8Array[] = [];
  for (let index = 0; index < PEOPLE; index++) {
    await mkdir(pathOf(`faces/${person(index)}`), { recursive: true });
    for (let picture = 0; picture < PICTURES; picture++) {
      const bytes = await png(index, picture);
      await writeFile(pathOf(`faces/${person(index)}/${picture}.png`), bytes);
      if (picture < 2) pictures.push(bytes);
    }
  }
  const impostors = [await png(0, 2), await png(1, 2)];
  const same = [...Array<boolean>(PEOPLE).fill(true), false];
  await writeFile(pathOf('pairs.bin'), pairBin([...pictures, ...impostors], same));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** Everything that a command prints, on either stream. */
async function outputOf(run: () => Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => lines.push(line));
  vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
  await run();
  return lines.join('\n');
}
const parsed = (command: Command, ...words: string[]) =>
  outputOf(() =>
    command.parseAsync([...words, '--backbone', pathOf('one.onnx')], { from: 'user' }),
  );

const BGR = 'BGR 127.5 127.5';
const fedAs = (flag: boolean) =>
  flag
    ? 'one.onnx is fed BGR, (x − 127.5) / 127.5, as --input-convention says.'
    : 'one.onnx is fed RGB, (x − 127.5) / 127.5, as InsightFace feeds its models, since ' +
      'nothing in the file says; --input-convention sets another.';

const runs: readonly (readonly [string, (flags: string[]) => Promise<string>])[] = [
  [
    'evaluate',
    (flags) =>
      parsed(
        evaluateCommand(),
        '--pairs',
        pathOf('pairs.bin'),
        '--align',
        'none',
        '--methods',
        'cosine',
        ...flags,
      ),
  ],
  [
    'train',
    (flags) =>
      parsed(
        trainCommand(),
        '--shards',
        pathOf('faces'),
        '--out',
        pathOf('head.safetensors'),
        '--set',
        'epochs=1',
        '--set',
        'batchSize=8',
        ...flags,
      ),
  ],
  [
    'centres',
    (flags) => parsed(centresCommand(), '--shards', pathOf('faces'), '--kinds', 'means', ...flags),
  ],
];

describe.each(runs)('%s', (_, run) => {
  it('prints its input convention, and that the other order of colours is better', async () => {
    const text = await run([]);
    expect(text).toContain(fedAs(false));
    expect(text.split('The backbone seems to expect BGR')).toHaveLength(2);
    expect(text).toContain(`--input-convention "${BGR}" feeds it so`);
  });

  it('uses the convention of its flag, and then gives no notice', async () => {
    const text = await run(['--input-convention', BGR]);
    expect(text).toContain(fedAs(true));
    expect(text).not.toContain('seems to expect');
  });
});

describe('embed and score', () => {
  it('print and use the input convention', async () => {
    const pictures = [0, 1].map((picture) => pathOf(`faces/${person(0)}/${picture}.png`));
    const cosines: string[] = [];
    for (const flags of [[], ['--input-convention', BGR]]) {
      const fed = fedAs(flags.length > 0);
      const scored = await parsed(scoreCommand(), ...pictures, ...flags);
      expect(scored).toContain(fed);
      cosines.push(/Cosine: (-?[\d.]+)/.exec(scored)![1]!);
      const out = ['--out', pathOf('e.safetensors')];
      expect(await parsed(embedCommand(), ...pictures, ...out, ...flags)).toContain(fed);
    }
    expect(cosines[0]).not.toBe(cosines[1]);
  });
});
