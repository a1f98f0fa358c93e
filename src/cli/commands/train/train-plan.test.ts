import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withDimensions } from '../../../training/session/create-trainer';
import { presets, resolveConfig } from '../../../training/config/run-config';
import { trainCommand } from './train-command';
import { planTraining, type TrainOptions } from './train-plan';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'scf-plan-'))));
afterAll(() => rm(folder, { recursive: true }));

const plan = (
  options: Partial<TrainOptions>,
  words: readonly string[] = [],
  file: Record<string, unknown> | null = null,
) => planTraining({ set: [], ...options }, words, file);

describe('planTraining', () => {
  it('takes the dimensions from the backbone, unless something names them', async () => {
    const sface = { name: 'SFace', embeddingDim: 128, convShape: [7, 7, 1024] } as const;
    const free = await plan({ shards: 'faces', out: 'h.safetensors', set: [] });
    expect(withDimensions(free.config, sface, free.named)).toMatchObject({
      zDim: 128,
      convfDim: 50176,
    });
    const same = await plan({ shards: 'faces', out: 'h.safetensors', set: ['zDim=128'] });
    expect(withDimensions(same.config, sface, same.named)).toMatchObject({ zDim: 128 });
    for (const [set, words] of [
      [['zDim=512'], []],
      [[], ['--z_dim', '512', '--convf_dim', '25088']],
    ] as const) {
      const other = await plan({ shards: 'faces', out: 'h.safetensors', set }, words);
      expect(() => withDimensions(other.config, sface, other.named)).toThrow(
        expect.objectContaining({
          code: 'bad-config',
          message: expect.stringContaining('z_dim 512'),
          nextStep: "Leave both out: they are the backbone's.",
        }),
      );
    }
  });

  it('takes the input convention from --input-convention, unless --set names one', async () => {
    const options = { shards: 'faces', out: 'h', inputConvention: 'BGR 127.5 127.5' };
    const asked = await plan(options, [], { inputConvention: 'RGB 1 2' });
    expect(asked.config.inputConvention).toBe('BGR 127.5 127.5');
    const set = await plan({ ...options, set: ['inputConvention=RGB 0 1'] });
    expect(set.config.inputConvention).toBe('RGB 0 1');
  });

  it("takes the preset for the source with the studio's own options alone", async () => {
    const demo = await plan({ shards: 'public/shards/demo', out: 'h.safetensors' });
    expect(demo.config).toEqual(resolveConfig({ preset: 'demo', shards: 'public/shards/demo' }));
    expect(
      await plan({ shards: 'faces', out: 'h.safetensors', set: ['copies=4', 'flip=true'] }),
    ).toEqual({
      config: resolveConfig({ preset: 'photographs', shards: 'faces', copies: 4, flip: true }),
      isPresetFree: true,
      named: new Set(['copies', 'flip']),
      out: 'h.safetensors',
      checkpoints: null,
      events: null,
      outputDir: null,
      remarks: [],
    });
  });

  it('takes the published preset with published flags', async () => {
    const words = [
      '--dataset',
      folder,
      '--seed',
      '7',
      '--gpu_ids',
      '0',
      '1',
      '--saved_bkb',
      'R100.pth',
      '--saved_fc',
      'fc.pt',
      '--output_dir',
      'out',
      '--finetune_bkb',
      '--tensorboard',
    ];
    const found = await plan({}, words);
    expect(found.config).toEqual({
      ...presets.published,
      shards: folder,
      seed: 7,
      backbone: 'R100.pth',
      centres: 'file',
      centreFiles: 'fc.pt',
      tensorboard: true,
    });
    expect(found).toMatchObject({
      out: join('out', 'head.safetensors'),
      checkpoints: 'out',
      events: 'out',
      outputDir: 'out',
    });
    expect(found.remarks).toEqual([
      expect.stringContaining('one device'),
      expect.stringContaining('frozen'),
    ]);
  });

  it('takes the preset from the file; flags override the file, and --set both', async () => {
    const file = {
      preset: 'demo',
      epochs: 5,
      learningRate: 0.5,
      shards: 'of-the-file',
      centres: 'growing',
    };
    const { config } = await plan(
      { out: 'h', set: ['epochs=7', 'backbone=b.onnx', 'centres=first-pass'] },
      ['--lr', '1e-3', '--epochs', '6', '--saved_bkb', 'x.pth', '--saved_fc', 'fc.pt'],
      file,
    );
    expect(config).toEqual(
      resolveConfig({
        preset: 'demo',
        shards: 'of-the-file',
        epochs: 7,
        learningRate: 1e-3,
        backbone: 'b.onnx',
        centres: 'first-pass',
      }),
    );
  });

  it('prefers named options to paths of published flags', async () => {
    const found = await plan(
      { shards: 'mine', out: 'h', backbone: 'mine.onnx', checkpoints: 'kept' },
      [
        '--dataset',
        'https://host/m.json',
        '--saved_bkb',
        'x.pth',
        '--output_dir',
        'out',
        '--tensorboard',
      ],
    );
    expect(found).toMatchObject({
      out: 'h',
      checkpoints: 'kept',
      events: 'out',
      config: { shards: 'mine', backbone: 'mine.onnx' },
    });
  });

  it('puts the head here under a free name if none is given', async () => {
    const { out } = await plan({ shards: 'faces' });
    expect(out).toMatch(/^head(-\d+)?\.safetensors$/);
    await expect(stat(out)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('puts event files beside the head if no folder is named', async () => {
    expect(
      await plan({ shards: 'faces', out: 'a/b/h.safetensors', set: ['tensorboard=true'] }),
    ).toMatchObject({ events: 'a/b', checkpoints: null });
  });

  it.each([
    [
      'a name of the published code',
      ['--dataset', 'ms1m', '--output_dir', 'out'],
      'There is nothing at ms1m',
    ],
    ['no faces', ['--output_dir', 'out'], 'Nothing says where faces come from'],
    [
      'a flag that is none',
      ['--shrads', 'faces', '--output_dir', 'out'],
      '--shrads is no flag of "scf train"',
    ],
    ['a stray word', ['faces', '--output_dir', 'out'], '"faces" is no flag'],
    ['a bad number', ['--lr', 'fast'], 'The flag --lr is "fast"'],
  ])('refuses %s', async (_, words, message) => {
    await expect(plan({}, words)).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining(message),
    });
  });
});

describe('scf train', () => {
  it.each([
    [
      ['--dataset', 'ms1m', '--gpu_ids', '0', '1', '--output_dir', 'out', '--json'],
      'There is nothing at ms1m',
    ],
    [
      ['--batch_size', '1', '--set', 'copies=4', 'flip=true', '--seed', '3'],
      'The flag --batch_size is "1"',
    ],
    [
      ['--shards', 'faces', '--out', 'h', '--set', 'copies=4', 'flips=true', '--seed', '3'],
      '"flips" is not a setting',
    ],
    [['--config', 'package-lock.json/x', '--seed', '3'], "package-lock.json/x can't be read"],
    [['--config', 'README.md', '--seed', '3'], 'README.md holds no settings'],
  ])('hands published flags to their reader, among its own: %j', async (argv, message) => {
    await expect(trainCommand().parseAsync(argv, { from: 'user' })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining(message),
    });
  });

  it('lists the published flags in its help', () => {
    let help = '';
    trainCommand()
      .configureOutput({ writeOut: (text) => (help += text) })
      .outputHelp();
    expect(help).toContain('--saved_bkb');
    expect(help).toContain('--shards');
  });
});
