import { openAsBlob } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BlobByteSource } from '../bytes/byte-source';
import { openTensorFile } from '../tensors/open-tensor-file';
import type { StudioError } from '../../core/studio-error';
import type { TensorFile } from '../tensors/tensor-file';
import {
  expectedArrays,
  numbersOf,
  openBytes,
  TORCH_FIXTURES,
} from '../../../test/fixtures/torch-files';

const open = async (name: string): Promise<TensorFile> =>
  openTensorFile(new BlobByteSource(name, await openAsBlob(`${TORCH_FIXTURES}/${name}`)));

describe.each(['zip.pt', 'legacy.pt'])('PyTorch’s %s', (name) => {
  it('gives every array with its shape and its elements', async () => {
    const file = await open(name);
    expect([...file.entries.keys()].sort()).toEqual(Object.keys(expectedArrays).sort());
    for (const [path, { shape, values }] of Object.entries(expectedArrays)) {
      expect(file.entries.get(path)!.shape, path).toEqual(shape);
      expect(await file.read(path), path).toEqual(numbersOf(values));
    }
  });

  it('gives numbers and texts, and how elements are stored', async () => {
    const { values, entries } = await open(name);
    expect(values.get('epoch')).toBe(3);
    expect(values.get('lr')).toBe(3e-5);
    expect(values.get('name')).toBe('näme');
    expect(values.get('best')).toBeNull();
    expect(values.get('done')).toBe(true);
    expect(values.get('big')).toBe(2n ** 60n);
    expect(values.get('opt_state.param_groups.0.weight_decay')).toBe(5e-4);
    expect(values.get('opt_state.param_groups.0.betas.1')).toBe(0.999);
    expect(entries.get('kinds.bf16')!.dtype).toBe('BF16');
    expect(entries.get('kinds.i64')!.dtype).toBe('I64');
  });

  it('reads single rows, of a view too', async () => {
    const file = await open(name);
    const base = await file.read('views.base');
    expect(await file.readRows('views.base', 1, 2)).toEqual(base.slice(6, 18));
    expect([...(await file.readRows('views.transposed', 2, 1))]).toEqual(
      [2, 8, 14, 20].map((at) => base[at]),
    );
    expect((await file.readRows('views.base', 4, 0)).length).toBe(0);
    await expect(file.readRows('views.base', 3, 2)).rejects.toThrow('Rows 3 to 5');
    await expect(file.read('views.bases')).rejects.toThrow('no array "views.bases"');
  });
});

describe('files of arrays', () => {
  it.each(['bare.pt', 'rank-0_softmax_weight.pt'])(
    'may be one bare array, as %s is',
    async (name) => {
      const file = await open(name);
      expect([...file.entries.keys()]).toEqual(['']);
      expect([...(await file.read(''))]).toEqual([0, 1, 2, 3, 4, 5]);
    },
  );

  it('may be safetensors of every type', async () => {
    const file = await open('flat.safetensors');
    expect(file.metadata).toEqual({ made: 'by safetensors' });
    for (const [path, entry] of file.entries) {
      expect(entry.shape, path).toEqual(expectedArrays[path]!.shape);
      expect(await file.read(path), path).toEqual(numbersOf(expectedArrays[path]!.values));
    }
    expect(file.entries.size).toBe(Object.keys(expectedArrays).length - 1);
  });

  const refusals: readonly (readonly [string, string])[] = [
    ['evil.pt', 'system'],
    ['evil.pkl', 'a pickle that PyTorch did not write'],
    ['deflated.pt', 'compressed'],
  ];
  it.each(refusals)('refuse %s and say why', async (name, why) => {
    await expect(open(name)).rejects.toThrow(
      expect.objectContaining({ code: 'bad-checkpoint', message: expect.stringContaining(why) }),
    );
  });

  const foreignFiles: readonly (readonly [string, Uint8Array, string])[] = [
    ['nothing', new Uint8Array(), 'is empty'],
    ['a web page', new TextEncoder().encode('<!doctype html><title>Sign in</title>'), 'web page'],
    [
      'a Git LFS pointer',
      new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:ab'),
      'Git LFS',
    ],
    ['an ONNX model', Uint8Array.of(8, 7, 0x12, 7, 112, 121, 116, 111), 'ONNX'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), 'gzip'],
    [
      'a zip of something else',
      Uint8Array.from([0x50, 0x4b, 5, 6, ...new Uint8Array(18)]),
      'data.pkl',
    ],
    ['a header of 100 GB', headerOf(100_000_000_000n), '100000000000'],
    ['text', new TextEncoder().encode('These are no weights.'), '54 68 65'],
  ];
  it.each(foreignFiles)('refuse %s', async (_, bytes, why) => {
    await expect(openBytes(bytes)).rejects.toThrow(
      expect.objectContaining({ code: 'bad-checkpoint', message: expect.stringContaining(why) }),
    );
  });
});

describe.each(['training.ckpt', 'training-legacy.pt'])('a whole training run, as %s', (name) => {
  it('gives its weights, and its settings as plain values', async () => {
    const file = await open(name);
    expect([...file.entries.keys()]).toEqual(['state_dict.layer.weight', 'state_dict.layer.bias']);
    expect([...(await file.read('state_dict.layer.weight'))]).toEqual([1, 2]);
    expect(
      Object.fromEntries([...file.values].filter(([path]) => !path.startsWith('random.'))),
    ).toEqual({
      best_acc: 0.9975,
      'scores.f2': 1.5,
      'scores.f4': Math.fround(0.1),
      'scores.i4': -3,
      'scores.i8': 2n ** 60n,
      'scores.u1': 200,
      'scores.b1': true,
      'scores.text': 'näme',
      'args.lr': 0.1,
      'args.data': '/data/ms1m',
      'args.steps.0': 8,
      'args.steps.1': 12,
      'args.nested.seed': 7,
      'hyper_parameters.root': 'runs/first',
      'hyper_parameters.share': 'C:\\faces\\crops',
      'hyper_parameters.here': '.',
      'losses.0': 0.5,
      'losses.1': 0.25,
      'counts.a': 2,
      'kinds.x': 2,
      'kinds.y': 1,
      made: '2024-05-31T13:05:00.250000',
      day: '2024-05-31',
      took: 3602,
      zoned: '2024-05-31T13:05:00',
      torch: '2.6.0',
      device: 'cuda:1',
      dtype: 'torch.float16',
      'size.0': 1,
      'size.1': 2,
      class: '__builtin__.float',
    });
    expect([file.values.get('random.0'), file.values.get('random.2')]).toEqual(['MT19937', 624]);
  });
});

describe('a file that holds more than weights', () => {
  // What each is, and the line of Python that makes a readable file of it.
  const whole: readonly (readonly [name: string, what: RegExp, line: string])[] = [
    [
      'module.pt',
      /It is a whole model of the class __main__\.Small/,
      'torch.save(model.state_dict(), "weights.pt")',
    ],
    [
      'module-inside.pt',
      /Its "model" is a whole model of the class __main__\.Small/,
      'torch.save(ckpt["model"].state_dict(), "weights.pt")',
    ],
    [
      'object.pt',
      /Its "settings" is an object of the class __main__\.Settings/,
      'torch.save(ckpt["state_dict"], "weights.pt")',
    ],
    [
      'script.pt',
      /It is a TorchScript program/,
      'torch.save(torch.jit.load("model.pt").state_dict(), "weights.pt")',
    ],
    [
      'exported.pt2',
      /It is an exported program \(\.pt2/,
      'torch.save(torch.export.load("model.pt2").state_dict, "weights.pt")',
    ],
    ['arrays.npz', /It is a NumPy archive/, 'safetensors.numpy.save_file'],
  ];
  it.each(whole)('is named for what it is: %s', async (name, what, line) => {
    const error = await open(name).then(
      () => null,
      (thrown: unknown) => thrown as StudioError,
    );
    expect(error).toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringMatching(what),
      nextStep: expect.stringContaining(line),
    });
    expect(error!.message).toContain(name);
    expect(error!.nextStep).not.toContain('trust');
  });

  it.each(['evil.pt', 'object-evil.pt'])(
    'is called untrusted if anything in it could run a program: %s',
    async (name) => {
      await expect(open(name)).rejects.toMatchObject({
        code: 'bad-checkpoint',
        message: expect.stringMatching(/posix\.system, which could run/),
        nextStep: expect.stringContaining('trust'),
      });
    },
  );
});

/** A safetensors file whose header claims `length` bytes. */
function headerOf(length: bigint): Uint8Array {
  const bytes = new Uint8Array(64).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes[8] = 0x7b;
  return bytes;
}
