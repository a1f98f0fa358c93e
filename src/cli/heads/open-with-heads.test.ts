import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { node, onnxModel } from '../../../test/fixtures/onnx-model';
import { normal } from '../../../test/fixtures/onnx-parity';
import { pairBin } from '../../../test/fixtures/pair-bin';
import { CROP_SIZE, pristine } from '../../faces/face-record';
import { renderFace } from '../../faces/synthetic/render-face';
import { identityFrom } from '../../faces/synthetic/face-identity';
import { captureFrom } from '../../faces/synthetic/face-capture';
import { evaluateCommand } from '../commands/evaluate/evaluate';
import { openWithHeads } from './open-with-heads';
import { startNodeWasm } from '../node/node-backend';
import { DEFAULT_BACKBONE } from '../node/node-models';

let folder = '';
const file = (name: string) => join(folder, name);

/** A tiny backbone of eight numbers, which no head of the studio was trained on. */
const other = onnxModel({
  input: [1, 3, CROP_SIZE, CROP_SIZE],
  nodes: [
    node('Conv', ['x', 'w'], 'c', { strides: [16, 16] }),
    node('Relu', ['c'], 'r'),
    node('GlobalAveragePool', ['r'], 'm'),
    node('Flatten', ['m'], 'y'),
  ],
  constants: { w: normal([8, 3, 16, 16], 0.1) },
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-with-heads-'));
  await writeFile(file('other.onnx'), other);
  const pictures: Uint8Array[] = [];
  for (const [person, capture] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
    [0, 2],
    [1, 2],
    [0, 3],
    [1, 3],
  ] as const) {
    const { data } = renderFace(identityFrom(5, person), {
      ...captureFrom(5, person, capture),
      degradation: pristine,
    });
    const png = sharp(data, { raw: { width: CROP_SIZE, height: CROP_SIZE, channels: 3 } }).png();
    pictures.push(new Uint8Array(await png.toBuffer()));
  }
  await writeFile(file('pairs.bin'), pairBin(pictures, [true, true, false, false]));
});
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** Runs `scf evaluate` on the other backbone. Returns what it writes to stderr and stdout. */
async function evaluated(...words: string[]): Promise<{ notices: string[]; printed: string }> {
  const notices: string[] = [];
  const printed: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => notices.push(line));
  vi.spyOn(console, 'log').mockImplementation((line: string) => printed.push(line));
  const set = ['--pairs', file('pairs.bin'), '--align', 'none', '--backbone', file('other.onnx')];
  try {
    await evaluateCommand().parseAsync([...set, ...words], { from: 'user' });
  } finally {
    vi.restoreAllMocks();
  }
  return { notices, printed: printed.join('\n') };
}

const passedOver =
  /studio's heads for photographs \((.+)\) were trained on another backbone than other\.onnx:/;

describe('heads of another backbone', () => {
  it('are not opened when no method needs one', async () => {
    const { notices, printed } = await evaluated('--methods', 'cosine');
    expect(printed).toContain('4 of 4 pairs');
    const fed =
      'other.onnx is fed RGB, (x − 127.5) / 127.5, as InsightFace feeds its models, since ' +
      'nothing in the file says; --input-convention sets another.';
    expect(notices).toEqual([fed]);
    const otherwise = await evaluated('--methods', 'cosine', '--input-convention', 'BGR 127.5 128');
    expect(otherwise.notices).toEqual([
      'other.onnx is fed BGR, (x − 127.5) / 128, as --input-convention says.',
    ]);
  });

  it('are passed over with one notice when no --head names them', async () => {
    const { notices, printed } = await evaluated();
    expect(printed).toMatch(/Cosine/i);
    expect(printed).not.toMatch(/SCF|PFE/);
    expect(notices.filter((line) => passedOver.test(line))).toHaveLength(1);
    expect(passedOver.exec(notices.join('\n'))![1]!.split(', ').sort()).toEqual([
      'pfe-g',
      'pfe-v',
      'scf',
      'scf-g',
    ]);
  });

  it('leave a method that needs one without a head', async () => {
    await expect(evaluated('--methods', 'cosine,scf')).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('scf needs a head'),
    });
  });

  it('are refused when named and needed, and ignored when no method needs them', async () => {
    const head = ['--head', 'public/heads/scf.safetensors'];
    await expect(evaluated(...head)).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringContaining('another backbone'),
    });
    expect((await evaluated('--methods', 'cosine', ...head)).printed).toContain('4 of 4 pairs');
  });
});

it('refuses text that is no input convention before anything is opened', async () => {
  await expect(evaluated('--input-convention', 'GBR 1 2')).rejects.toMatchObject({
    code: 'bad-config',
    message: expect.stringContaining('"GBR 1 2"'),
  });
});

describe('heads of the same backbone', () => {
  it('are opened only for the methods that are asked for', async () => {
    await startNodeWasm();
    const notices: string[] = [];
    const methodsOf = async (...methods: ('cosine' | 'scf-calibrated')[]) => {
      const { heads, backbone } = await openWithHeads(DEFAULT_BACKBONE, {
        named: [],
        methods,
        onNotice: (line) => notices.push(line),
      });
      const found = heads.map(({ method }) => method);
      heads.forEach(({ head }) => head.dispose());
      backbone.dispose();
      return found;
    };
    expect(await methodsOf('cosine')).toEqual([]);
    expect(await methodsOf('cosine', 'scf-calibrated')).toEqual(['scf']);
    const fed =
      'MobileFaceNet (ArcFace, MS1M) is fed BGR, (x − 127.5) / 128, as this studio feeds ' +
      'it: the file is known.';
    expect(notices).toEqual([fed, fed]);
  });
});
