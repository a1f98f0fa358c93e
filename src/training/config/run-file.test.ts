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
import { shellWords } from './shell-words';

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

  it('is refused if it is damaged or another file, with what was found', () => {
    const good = JSON.parse(encodeRunFile(config, context)) as Record<
      string,
      Record<string, unknown>
    >;
    const changed = (change: Record<string, unknown>) => JSON.stringify({ ...good, ...change });
    const withBackbone = (change: Record<string, unknown>) =>
      changed({ backbone: { ...good.backbone, ...change } });
    for (const [text, part] of [
      ['{', 'not JSON'],
      ['[]', 'no JSON object'],
      ['{"epochs": 3}', 'its format is missing'],
      [changed({ format: 'scf-studio-run-file-9' }), '"scf-studio-run-file-1" was expected'],
      [changed({ config: null }), 'no settings'],
      [changed({ config: { ...good.config, epochs: 0 } }), '"epochs" is 0'],
      [changed({ config: { ...good.config, surplus: 1 } }), '"surplus" is not a setting'],
      [changed({ shards: [1] }), 'its "shards" are a list of 1'],
      [changed({ centreFiles: 'fc.pth' }), 'its "centreFiles" are "fc.pth"'],
      [withBackbone({ hash: 7 }), 'its "hash" is 7'],
      [withBackbone({ convShape: [7, 7] }), 'its "convShape" is a list of 2'],
      [withBackbone({ convShape: [7, -7, 512] }), 'its "convShape" is a list of 3'],
      [withBackbone({ input: { order: 'GBR', mean: 0, scale: 1 } }), 'its "order" is "GBR"'],
      [withBackbone({ input: { order: 'RGB', mean: '0', scale: 1 } }), 'its "mean" is "0"'],
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
