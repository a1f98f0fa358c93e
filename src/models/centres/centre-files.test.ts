import { describe, expect, it } from 'vitest';
import { memoryTensorFile, type MemoryArray } from '../../../test/fixtures/memory-tensor-file';
import { seededRandom } from '../../core/seeded-random';
import type { TensorDtype, TensorFile } from '../../formats/tensors/tensor-file';
import { readCentreFiles } from './centre-files';
import { normalised } from '../../core/vector';

const D = 6;

function matrix(rows: number, columns: number, seed = 1, dtype: TensorDtype = 'F32'): MemoryArray {
  const random = seededRandom(seed, rows, columns);
  return {
    dtype,
    shape: [rows, columns],
    values: Float32Array.from({ length: rows * columns }, () => 3 * random.normal()),
  };
}

const fileOf = (name: string, arrays: Record<string, MemoryArray>): TensorFile => ({
  ...memoryTensorFile({
    arrays: new Map(Object.entries(arrays)),
    values: new Map(),
    metadata: {},
    form: 'torch-zip',
  }),
  name,
});
const read = (...files: TensorFile[]) => readCentreFiles(files, { dimension: D });
const refusal = async (...files: TensorFile[]) => {
  const error: unknown = await read(...files).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'bad-checkpoint' });
  return (error as Error).message;
};

/** Every row of a matrix as a unit direction. */
const units = ({ values, shape }: MemoryArray) =>
  Array.from(
    { length: shape[0]! },
    (_, row) => normalised(values.subarray(row * D, (row + 1) * D)).unit,
  );

/** A convolution's weight, by which a file is known to hold a network. */
const convolution: MemoryArray = { dtype: 'F32', shape: [2, 2, 1, 1], values: new Float32Array(4) };

describe('class centres from one file', () => {
  const fc = matrix(9, D);

  it.each([
    ['ckpt.pt', 'arc_face_state_dict.weight', "The published code's FC layer"],
    [
      'checkpoint_gpu_0.pt',
      'state_dict_softmax_fc.weight',
      "The FC layer in InsightFace's checkpoint",
    ],
    ['softmax_fc_gpu_0.pt', 'weight', "InsightFace's FC layer (softmax_fc_gpu)"],
    ['rank:0_softmax_weight.pt', '', 'Bare softmax weights'],
    ['softmax_weight.pt', '', 'Bare softmax weights'],
    ['fc.pt', '', 'A bare matrix.'],
    ['fc.safetensors', 'module.head.weight', 'The matrix "module.head.weight".'],
    ['fc.safetensors', 'who knows', 'The matrix "who knows".'],
  ])('are recognised in %s as %s', async (name, key, form) => {
    const found = await read(fileOf(name, { [key]: fc }));
    expect(found.form.startsWith(form)).toBe(true);
    expect(found).toMatchObject({
      classes: 9,
      dimension: D,
      zeroRows: 0,
      parts: [{ name, classes: 9 }],
    });
    units(fc).forEach((unit, label) =>
      found.centres.row(label)!.forEach((value, i) => expect(value).toBeCloseTo(unit[i]!, 6)),
    );
  });

  it('are found next to a network by names that are certain or likely', async () => {
    const network = {
      'state_dict_backbone.conv1.weight': convolution,
      'state_dict_backbone.fc.weight': matrix(D, 40),
    };
    expect(
      (
        await read(
          fileOf('checkpoint_gpu_0.pt', { ...network, 'state_dict_softmax_fc.weight': fc }),
        )
      ).classes,
    ).toBe(9);
    expect(
      (
        await read(
          fileOf('whole.pt', { conv: convolution, 'fc.weight': matrix(D, 40), 'head.weight': fc }),
        )
      ).form,
    ).toContain('head.weight');
  });

  it("are not a network's embedding layer, though one side of it is d", async () => {
    expect(
      await refusal(
        fileOf('backbone.pth', { 'conv1.weight': convolution, 'fc.weight': matrix(D, 40) }),
      ),
    ).toBe(
      "backbone.pth can't be used as class centres. It holds conv1.weight [2, 2, 1, 1], " +
        'fc.weight [6, 40]; class centres as [classes, 6] were expected.',
    );
  });

  it('are transposed if stored as [d, C]', async () => {
    const turned: MemoryArray = {
      ...fc,
      shape: [D, 9],
      values: Float32Array.from(
        { length: 9 * D },
        (_, at) => fc.values[(at % 9) * D + Math.floor(at / 9)]!,
      ),
    };
    const [there, back] = [
      await read(fileOf('head.pt', { kernel: turned })),
      await read(fileOf('head.pt', { kernel: fc })),
    ];
    expect(there.form).toBe('The matrix "kernel", transposed.');
    expect(there.centres.matrix).toEqual(back.centres.matrix);
    const square = matrix(D, D);
    expect(
      (await read(fileOf('head.pt', { kernel: square }))).centres
        .row(2)!
        .map((value) => Math.fround(value)),
    ).toEqual(units(square)[2]!.map(Math.fround));
  });

  it('leave out rows of zeros, and report them', async () => {
    const gaps = { ...fc, values: fc.values.slice() };
    for (const row of [0, 4]) gaps.values.fill(0, row * D, (row + 1) * D);
    const { centres, classes, zeroRows, form } = await read(fileOf('fc.pt', { weight: gaps }));
    expect([classes, zeroRows, centres.labels]).toEqual([9, 2, [1, 2, 3, 5, 6, 7, 8]]);
    expect(form).toContain('2 rows are zeros and have no label.');
    expect([centres.row(0), centres.row(4)]).toEqual([undefined, undefined]);
    for (const label of centres.labels)
      expect(centres.cosTheta(label, units(fc)[label]!)).toBeCloseTo(1, 6);
    expect(
      await refusal(fileOf('fc.pt', { weight: { ...fc, values: new Float32Array(9 * D) } })),
    ).toContain('All its rows are zeros.');
  });

  it.each([NaN, Infinity])('are refused for %s, with its row', async (value) => {
    const spoilt = { ...fc, values: fc.values.slice() };
    spoilt.values[7 * D + 2] = value;
    expect(await refusal(fileOf('fc.pt', { weight: spoilt }))).toContain(
      `Its row 7 holds values that are not finite, such as ${value}.`,
    );
  });

  it('are refused without a candidate, with several, or with integers', async () => {
    expect(await refusal()).toContain('No file was given.');
    expect(await refusal(fileOf('fc.pt', {}))).toContain(
      'It holds no arrays; class centres as [classes, 6] were expected.',
    );
    expect(await refusal(fileOf('fc.pt', { weight: matrix(9, 5) }))).toContain(
      'It holds weight [9, 5]',
    );
    expect(
      await refusal(fileOf('fc.pt', { 'arc_face_state_dict.weight': matrix(9, 5) })),
    ).toContain('weight [9, 5]');
    expect(await refusal(fileOf('fc.pt', { 'head.weight': fc, 'fc.weight': fc }))).toContain(
      'may all be class centres',
    );
    expect(await refusal(fileOf('fc.pt', { one: fc, another: fc }))).toContain(
      'one [9, 6], another [9, 6]',
    );
    expect(await refusal(fileOf('fc.pt', { weight: matrix(9, D, 1, 'I64') }))).toContain(
      'Its "weight" holds I64',
    );
    expect(await refusal(fileOf('fc.pt', { weight: matrix(1, D) }))).toContain(
      'It has 1 rows in all',
    );
  });
});

describe('class centres in parts', () => {
  const part = (rank: number, rows: number, name = `softmax_fc_gpu_${rank}.pt`) =>
    fileOf(name, { weight: matrix(rows, D, 10 + rank) });
  const names = (file: Awaited<ReturnType<typeof read>>) =>
    file.parts.map(({ name, classes }) => [name, classes]);

  it('are joined in the order of their ranks, whatever the order they come in', async () => {
    const found = await read(
      ...[10, 2, 0, 1, 3, 4, 5, 6, 7, 8, 9].map((rank) => part(rank, rank < 2 ? 3 : 2)),
    );
    expect(names(found)).toEqual(
      Array.from({ length: 11 }, (_, rank) => [`softmax_fc_gpu_${rank}.pt`, rank < 2 ? 3 : 2]),
    );
    expect(found.classes).toBe(24);
    expect(found.form).toBe("InsightFace's FC layer (softmax_fc_gpu), 11 parts joined by rank.");
    expect(found.centres.cosTheta(5, units(matrix(3, D, 11))[2]!)).toBeCloseTo(1, 6);
    expect(found.centres.cosTheta(23, units(matrix(2, D, 20))[1]!)).toBeCloseTo(1, 6);
  });

  it('are ordered by their names, however a system writes the colon', async () => {
    const bare = (name: string) => fileOf(name, { '': matrix(2, D) });
    for (const [a, b] of [
      ['rank:0_softmax_weight.pt', 'rank:1_softmax_weight.pt'],
      ['rank%3A0_softmax_weight.pt', 'rank%3A1_softmax_weight.pt'],
      ['rank_0_softmax_weight.pt', 'rank_1_softmax_weight.pt'],
    ]) {
      expect(names(await read(bare(b!), bare(a!)))).toEqual([
        [a, 2],
        [b, 2],
      ]);
    }
  });

  it('leave out momentum files', async () => {
    const momentum = fileOf('rank:0_softmax_weight_mom.pt', { '': matrix(4, D) });
    const found = await read(momentum, fileOf('rank:0_softmax_weight.pt', { '': matrix(4, D) }));
    expect([found.classes, found.form]).toEqual([
      4,
      expect.stringContaining(
        'rank 0 alone: if there were other ranks, their rows are missing. 1 momentum file ' +
          'left out.',
      ),
    ]);
    expect(await refusal(momentum)).toContain('momentum of an optimiser');
  });

  it('are refused with a missing rank, a repeated one, or parts of another layer', async () => {
    expect(await refusal(part(0, 2), part(2, 2))).toContain(
      'The ranks given are 0, 2; rank 1 is missing',
    );
    expect(await refusal(part(1, 2))).toContain('The ranks given are 1; rank 0 is missing');
    expect(await refusal(part(0, 2), part(0, 2, 'copy/softmax_fc_gpu_0.pt'))).toContain(
      'Rank 0 is there twice',
    );
    expect(await refusal(part(0, 2), fileOf('fc.pt', { weight: matrix(2, D) }))).toContain(
      "its name doesn't say which part it is",
    );
    expect(await refusal(part(0, 2), part(1, 3))).toContain(
      'It has 3 rows, more than the 2 of softmax_fc_gpu_0.pt',
    );
    expect(
      await refusal(part(0, 2), fileOf('softmax_fc_gpu_1.pt', { weight: matrix(2, 5) })),
    ).toContain("softmax_fc_gpu_1.pt can't be used");
    expect(
      await refusal(
        part(0, 2),
        fileOf('checkpoint_gpu_1.pt', { 'state_dict_softmax_fc.weight': matrix(2, D) }),
      ),
    ).toContain('parts of one layer were expected');
  });

  it('report progress, and stop on a signal', async () => {
    const seen: [number, number][] = [];
    await readCentreFiles([part(0, 3), part(1, 2)], {
      dimension: D,
      onProgress: (rows, total) => seen.push([rows, total]),
    });
    expect(seen).toEqual([
      [3, 5],
      [5, 5],
    ]);
    const stopped = readCentreFiles([part(0, 3)], {
      dimension: D,
      signal: AbortSignal.abort(new Error('stopped')),
    });
    await expect(stopped).rejects.toThrow('stopped');
  });
});

it("reads a layer of MS1MV2's size in blocks, within five seconds", async () => {
  const [rows, dimension] = [85_742, 512];
  const data = new Float32Array(rows * dimension);
  for (let row = 0; row < rows; row++) data[row * dimension + (row % dimension)] = row + 1;
  const file = fileOf('fc.pt', {
    'arc_face_state_dict.weight': { shape: [rows, dimension], values: data },
  });
  const startedAt = performance.now();
  const { centres } = await readCentreFiles([file], { dimension });
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(
    [...centres.row(rows - 1)!].flatMap((value, i) => (value === 0 ? [] : [[i, value]])),
  ).toEqual([[(rows - 1) % dimension, 1]]);
});
