import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { embedCommand } from '../../src/cli/commands/faces/embed';
import { rankCommand } from '../../src/cli/commands/faces/rank';
import { scoreCommand } from '../../src/cli/commands/faces/score';
import { kappaProfile } from '../../src/evaluation/kappa-profile';
import { CROP_SIZE, pristine } from '../../src/faces/face-record';
import { captureFrom } from '../../src/faces/synthetic/face-capture';
import { identityFrom } from '../../src/faces/synthetic/face-identity';
import { renderFace } from '../../src/faces/synthetic/render-face';
import { readSafetensors, writeSafetensors } from '../../src/formats/safetensors/safetensors';
import { withChecksums } from '../../src/formats/tensors/array-checksum';
import type { ReadingPolicy } from '../../src/inference/reading-policy';
import {
  DISTRIBUTION,
  PROFILES,
  readingArrays,
  readingMetadata,
} from '../../src/training/head-file/readings-in-file';
import type { HeadReading } from '../../src/training/session/run-events';
import { firstChannelBackbone } from '../fixtures/coloured-people';

let folder = '';
const at = (name: string) => join(folder, name);
const pictures = ['a.png', 'b.png', 'c.png'];

/** A reading whose impostor scores are 0 to 199 two-hundredths of `unit`, and every κ is 1 to 100. */
function readingOf(policy: ReadingPolicy, unit: number): HeadReading {
  const scores = Float32Array.from({ length: 200 }, (_, i) => (unit * i) / 200);
  const kappa = Float64Array.from({ length: 100 }, (_, i) => i + 1);
  const pairs = { step: 1, policy, genuine: scores, impostor: scores };
  return {
    policy,
    kappa: kappaProfile(kappa, Array<boolean>(100).fill(true), 0.9),
    distributions: [
      { ...pairs, method: 'cosine' },
      { ...pairs, method: 'scf' },
    ],
  };
}

/** The studio's head, with other readings. */
async function headWith(readings: readonly HeadReading[]): Promise<Uint8Array> {
  const own = readSafetensors(new Uint8Array(await readFile('public/heads/scf.safetensors')));
  const arrays = new Map([
    ...[...own.tensors].filter(([name]) => !name.startsWith(DISTRIBUTION)),
    ...readingArrays(readings),
  ]);
  const others = Object.entries(own.metadata).filter(([key]) => key !== PROFILES);
  const metadata = Object.fromEntries(others);
  return writeSafetensors(
    arrays,
    withChecksums(arrays, { ...metadata, ...readingMetadata(readings) }),
  );
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'face-commands-'));
  for (const [i, [person, capture]] of [
    [0, 0],
    [0, 1],
    [1, 0],
  ].entries()) {
    const { data } = renderFace(identityFrom(5, person!), {
      ...captureFrom(5, person!, capture!),
      degradation: pristine,
    });
    const raw = { width: CROP_SIZE, height: CROP_SIZE, channels: 3 } as const;
    await sharp(data, { raw }).png().toFile(at(pictures[i]!));
  }
  await writeFile(at('other.onnx'), firstChannelBackbone());
  await writeFile(
    at('both.safetensors'),
    await headWith([readingOf('single', 9), readingOf('full', 1)]),
  );
  await writeFile(at('single.safetensors'), await headWith([readingOf('single', 9)]));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** Runs a command. Returns its result as JSON, and what it says on stderr. */
async function run<T>(command: Command, ...words: string[]): Promise<{ result: T; said: string }> {
  const said: string[] = [];
  const printed: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => said.push(line));
  vi.spyOn(console, 'log').mockImplementation((line: string) => printed.push(line));
  await command.parseAsync([...words, '--json'], { from: 'user' });
  return { result: JSON.parse(printed.join('\n')) as T, said: said.join('\n') };
}

interface Scored {
  readonly cosTheta: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly kappa: readonly (number | null)[];
  readonly percentile: readonly (number | null)[];
  readonly head: string | null;
  readonly verdicts: Readonly<Record<string, { threshold: number; accepted: boolean }>>;
}
const [a, b, c] = pictures.map((name) => () => at(name)) as [
  () => string,
  () => string,
  () => string,
];

describe('score', () => {
  it('of a picture and itself has cos θ 1, at a threshold measured under the same policy', async () => {
    const head = ['--head', at('both.safetensors')];
    const { result } = await run<Scored>(scoreCommand(), a(), a(), '--far', '0.1', ...head);
    expect(Object.keys(result)).toEqual([
      'cosTheta',
      'scores',
      'kappa',
      'percentile',
      'quality',
      'head',
      'policy',
      'verdicts',
      'faces',
    ]);
    expect(result.cosTheta).toBeCloseTo(1, 5);
    expect(result).toMatchObject({ head: 'both.safetensors', policy: 'full', faces: [null, null] });
    // The 21st best of 200 scores of `full` is 0.895; that of `single` would be 8.055.
    expect(result.verdicts.cosine!.threshold).toBeCloseTo(0.895, 5);
    expect(result.verdicts.cosine!.accepted).toBe(true);
    expect(result.percentile).toEqual([100, 100]);
  });

  it('gives no verdict by pairs that were read under another policy', async () => {
    const head = ['--head', at('single.safetensors')];
    const { result, said } = await run<Scored>(scoreCommand(), a(), b(), ...head);
    expect(result.verdicts).toEqual({});
    expect(result.percentile).toEqual([null, null]);
    expect(said).toContain('single.safetensors has no scores of validation pairs');
  });

  it('uses the studio’s head and says so', async () => {
    const { result, said } = await run<Scored>(scoreCommand(), a(), b());
    expect(said).toContain(
      "κ by the studio's head for photographs (public/heads/scf.safetensors); name another with " +
        '--head.',
    );
    expect(result.head).toBe('scf.safetensors');
    expect(Object.keys(result.scores).sort()).toEqual(['cosine', 'scf', 'scf-calibrated']);
    const named = await run<Scored>(scoreCommand(), a(), b(), '--head', 'photographs');
    expect(named.result).toEqual(result);
    expect(named.said).not.toContain('name another');
  });

  it('has no κ on a backbone that the studio’s head wasn’t trained on, and says so', async () => {
    const other = ['--backbone', at('other.onnx')];
    const { result, said } = await run<Scored>(scoreCommand(), a(), b(), ...other);
    expect(result).toMatchObject({ kappa: [null, null], head: null, verdicts: {} });
    expect(Object.keys(result.scores)).toEqual(['cosine']);
    expect(said).toContain(
      "The studio's head for photographs (scf) was trained on another backbone",
    );
    await expect(
      run(scoreCommand(), a(), b(), ...other, '--head', 'photographs'),
    ).rejects.toMatchObject({ code: 'bad-checkpoint' });
  });

  it('takes a head of another method', async () => {
    const head = ['--head', 'public/heads/pfe-g.safetensors'];
    const { result } = await run<Scored>(scoreCommand(), a(), b(), ...head);
    expect(Object.keys(result.scores)).toEqual(['cosine', 'pfe-g']);
    expect(result.kappa.every((confidence) => confidence! > 0)).toBe(true);
  });
});

describe('score, embed and rank', () => {
  it('read the same κ, alone and several in a pass', async () => {
    const scored = await run<Scored>(scoreCommand(), a(), c());
    const embedded = await run<{ pictures: { kappa: number }[] }>(
      embedCommand(),
      ...[a(), b(), c(), a()],
      ...['--out', at('e.safetensors')],
    );
    const ranked = await run<{ pictures: { path: string; kappa: number }[] }>(
      rankCommand(),
      folder,
    );
    const kappas = embedded.result.pictures.map(({ kappa }) => kappa);
    const byPath = new Map(ranked.result.pictures.map(({ path, kappa }) => [path, kappa]));
    for (const [i, picture] of [a(), b(), c(), a()].entries())
      expect(byPath.get(picture)! / kappas[i]! - 1).toBeCloseTo(0, 6);
    expect(scored.result.kappa[0]! / kappas[0]! - 1).toBeCloseTo(0, 6);
    expect(scored.result.kappa[1]! / kappas[2]! - 1).toBeCloseTo(0, 6);
    const { tensors } = readSafetensors(new Uint8Array(await readFile(at('e.safetensors'))));
    const [first, , third] = [0, 1, 2].map((row) =>
      tensors.get('embedding')!.data.subarray(512 * row, 512 * (row + 1)),
    );
    const cosTheta = first!.reduce((sum, value, i) => sum + value * third![i]!, 0);
    expect(cosTheta).toBeCloseTo(scored.result.cosTheta, 5);
    const inOrder = ranked.result.pictures.map(({ kappa }) => kappa);
    expect(inOrder).toEqual([...inOrder].sort((one, other) => other - one));
    expect(ranked.said).toContain(
      '3 pictures ranked; 4 files that are no pictures were passed over.',
    );
  });
});
