import { describe, expect, it } from 'vitest';
import { StudioError } from '../../core/studio-error';
import { resolveConfig } from './run-config';
import {
  encodeRunFile,
  perProcessBatch,
  readRunFile,
  torchrunCommand,
  type RunFileContext,
} from './run-file';
import { shellWords } from './published/shell-words';

const context: RunFileContext = {
  backboneFile: 'fr_feature.onnx',
  backboneName: 'MobileFaceNet (ArcFace, MS1M)',
  backboneHash: '87aacdfe',
  input: { order: 'BGR', mean: 127.5, scale: 1 / 128 },
  convShape: [7, 7, 512],
  embeddingDim: 512,
  convFeature: '662',
  shards: 'shards/demo-{0000..0005}.tar',
  centreFiles: [],
  studioVersion: '0.1.0',
};

const messageOf = (act: () => unknown): string => {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof StudioError && thrown.code === 'bad-config') return thrown.message;
    throw thrown;
  }
  throw new Error('It was taken.');
};

describe('a run file', () => {
  const config = resolveConfig({
    preset: 'published',
    epochs: 3,
    shards: 'shards/demo-{0000..0005}.tar',
  });

  it('reads back as the same settings and context', () => {
    const listed = {
      ...context,
      shards: ['a.tar', 'b.tar'],
      convFeature: null,
      centreFiles: ['fc.pth'],
    };
    expect(readRunFile(encodeRunFile(config, context))).toEqual({ config, context });
    expect(readRunFile(encodeRunFile(config, listed))).toEqual({ config, context: listed });
  });

  it('keeps settings of another version', () => {
    const later = JSON.parse(encodeRunFile(config, context)) as { config: object };
    const text = JSON.stringify({ ...later, config: { ...later.config, surplus: 1 }, more: 2 });
    expect(readRunFile(text)).toEqual({ config: { ...config, surplus: 1 }, context });
  });

  it('is refused if it is damaged or another file, with what was found', () => {
    const good = JSON.parse(encodeRunFile(config, context)) as Record<
      string,
      Record<string, unknown>
    >;
    const changed = (change: Record<string, unknown>) => JSON.stringify({ ...good, ...change });
    const withBackbone = (change: Record<string, unknown>) =>
      changed({ backbone: { ...good.backbone, ...change } });
    for (const [text, part] of [
      ['{', 'JSON was expected'],
      ['[]', 'it is a list of 0; an object was expected'],
      ['{"epochs": 3}', 'format is missing; "scf-studio-run-file-1" was expected'],
      [changed({ format: 'scf-studio-run-file-9' }), '"scf-studio-run-file-1" was expected'],
      [changed({ config: null }), 'config is null; an object was expected'],
      [changed({ config: { ...good.config, epochs: 0 } }), 'config.epochs is 0'],
      [changed({ shards: [1] }), 'shards is a list of 1; a pattern or a list of names'],
      [changed({ centreFiles: 'fc.pth' }), 'centreFiles is "fc.pth"; a list was expected'],
      [withBackbone({ hash: 7 }), 'backbone.hash is 7'],
      [withBackbone({ convShape: [7, 7] }), 'backbone.convShape is a list of 2'],
      [withBackbone({ convShape: [7, -7, 512] }), 'backbone.convShape[1] is -7'],
      [withBackbone({ embeddingDim: null }), 'backbone.embeddingDim is null'],
      [
        withBackbone({ input: { order: 'GBR', mean: 0, scale: 1 } }),
        'backbone.input.order is "GBR"; one of RGB, BGR',
      ],
      [
        withBackbone({ input: { order: 'RGB', mean: '0', scale: 1 } }),
        'backbone.input.mean is "0"; a number',
      ],
    ] as const) {
      expect(
        messageOf(() => readRunFile(text)),
        text.slice(0, 60),
      ).toContain(part);
    }
  });

  it('is not written for a run that scale-out can’t train in the same way', () => {
    expect(messageOf(() => encodeRunFile(resolveConfig({ patience: 3 }), context))).toContain(
      'patience for 3 epochs',
    );
    expect(messageOf(() => encodeRunFile(resolveConfig({ augmentation: 0.5 }), context))).toContain(
      'augmentation 0.5',
    );
    expect(messageOf(() => encodeRunFile(resolveConfig({ method: 'pfe-g' }), context))).toContain(
      'trains SCF alone',
    );
    expect(
      messageOf(() => encodeRunFile(resolveConfig({ centres: 'cosface' }), context)),
    ).toContain('CosFace');
  });
});

describe('torchrunCommand', () => {
  it('names the run file, the given paths, and one process a GPU', () => {
    expect(torchrunCommand('run.json', 1)).toBe(
      'torchrun --standalone --nproc-per-node 1 scale-out/train.py --run-file run.json ' +
        '--shards shards --out out',
    );
    const places = {
      shards: 'my shards/ms1m-{0000..0099}.tar',
      backbone: 'r100.pth',
      centres: ['fc 0.pt', 'fc 1.pt'],
      out: "it's",
    };
    expect(shellWords(torchrunCommand('my run.json', 8, places))).toEqual([
      ...[
        'torchrun',
        '--standalone',
        '--nproc-per-node',
        '8',
        'scale-out/train.py',
        '--run-file',
        'my run.json',
        '--shards',
        'my shards/ms1m-{0000..0099}.tar',
      ],
      ...['--backbone', 'r100.pth', '--centres', 'fc 0.pt', 'fc 1.pt', '--out', "it's"],
    ]);
  });

  it('takes a whole number of GPUs', () => {
    for (const gpus of [0, -1, 1.5, NaN, 1e6])
      expect(messageOf(() => torchrunCommand('run.json', gpus))).toContain('GPUs');
  });
});

describe('perProcessBatch', () => {
  it('is an even share, or an error', () => {
    expect(perProcessBatch({ batchSize: 1024 }, 8)).toBe(128);
    expect(perProcessBatch({ batchSize: 64 }, 1)).toBe(64);
    expect(() => perProcessBatch({ batchSize: 64 }, 3)).toThrowError(
      expect.objectContaining({ nextStep: 'Take 2 or 4 of them, or a batch size of 63.' }),
    );
    expect(() => perProcessBatch({ batchSize: 64 }, 100)).toThrowError(
      expect.objectContaining({ nextStep: 'Take 64 of them, or a batch size of 100.' }),
    );
  });
});
