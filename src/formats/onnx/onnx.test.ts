import { PbfWriter } from 'pbf';
import { describe, expect, it } from 'vitest';
import { node, onnxModel, type Constant, type Model } from '../../../test/fixtures/onnx-model';
import { parseOnnx } from './onnx';
import { seededRandom } from '../../core/seeded-random';

const weight: Constant = { dims: [2, 3], data: [1, -2, 0.5, 4, 1e-3, -7] };
const model: Model = {
  input: ['N', 3],
  nodes: [
    node('Gemm', ['x', 'w'], 'g', { alpha: { float: 0.5 }, transB: 1 }),
    node('Reshape', ['g', 's'], 'y'),
  ],
  constants: { w: weight, s: { dims: [2], data: [-1, 2], type: 'int64' } },
  opset: 11,
};
const badModel = (message: string | RegExp) =>
  expect.objectContaining({ code: 'bad-model', message: expect.stringMatching(message) });

/** A file whose graph has one node and one tensor, which `write` writes. */
function withTensor(write: (pbf: PbfWriter) => void): Uint8Array {
  const file = new PbfWriter();
  file.writeMessage(
    7,
    (_: null, graph) => {
      graph.writeMessage(1, (_node: null, pbf) => pbf.writeStringField(4, 'Relu'), null);
      graph.writeMessage(
        5,
        (_tensor: null, pbf) => {
          write(pbf);
          pbf.writeStringField(8, 'w');
        },
        null,
      );
    },
    null,
  );
  return file.finish().slice();
}

/** A tensor [2] of the data type, its bytes given. */
const rawTensor = (dataType: number, raw: Uint8Array, more: (pbf: PbfWriter) => void = () => {}) =>
  withTensor((pbf) => {
    pbf.writeVarintField(1, 2);
    pbf.writeVarintField(2, dataType);
    pbf.writeBytesField(9, raw);
    more(pbf);
  });

describe('ONNX files', () => {
  it('gives nodes, constants, inputs and outputs as plain records', () => {
    const parsed = parseOnnx(onnxModel(model));
    expect(parsed.opset).toBe(11);
    expect(parsed.inputs).toEqual([{ name: 'x', dims: [null, 3] }]);
    expect(parsed.outputs).toEqual([{ name: 'y', dims: [] }]);
    expect(parsed.nodes.map(({ opType, inputs, outputs }) => [opType, inputs, outputs])).toEqual([
      ['Gemm', ['x', 'w'], ['g']],
      ['Reshape', ['g', 's'], ['y']],
    ]);
    expect(parsed.nodes[0]!.attributes).toEqual(
      new Map([
        ['alpha', 0.5],
        ['transB', 1],
      ]),
    );
    expect(parsed.initialisers.get('w')).toEqual({
      name: 'w',
      dims: [2, 3],
      data: Float32Array.from(weight.data),
      whole: false,
    });
    expect(parsed.initialisers.get('s')).toEqual({
      name: 's',
      dims: [2],
      data: Float64Array.of(-1, 2),
      whole: true,
    });
  });

  it('reads the same numbers from bytes and from a list', () => {
    const listed = Object.fromEntries(
      Object.entries(model.constants!).map(([name, constant]) => [
        name,
        { ...constant, listed: true },
      ]),
    );
    expect(parseOnnx(onnxModel({ ...model, constants: listed }))).toEqual(
      parseOnnx(onnxModel(model)),
    );
    const read = (constant: Constant) => [
      ...parseOnnx(onnxModel({ ...model, constants: { w: constant } })).initialisers.get('w')!.data,
    ];
    const types = [
      ['float32', [0.5, -7]],
      ['float64', [0.1, -2]],
      ['int32', [-5, 70_000]],
      ['int64', [-1, 2 ** 40]],
      ['bool', [1, 0]],
      ['float16', [0x3c00, 0xc500]],
      ['bfloat16', [0x3f80, 0xc0a0]],
    ] as const;
    for (const [type, data] of types) {
      const expected = type === 'float16' || type === 'bfloat16' ? [1, -5] : data;
      for (const place of [false, true, 'unpacked'] as const)
        expect(read({ dims: [2], data, type, listed: place }), `${type}, listed: ${place}`).toEqual(
          expected,
        );
    }
  });

  it('joins a list that comes in several pieces', () => {
    const pieces = withTensor((pbf) => {
      pbf.writeVarintField(1, 4);
      pbf.writeVarintField(2, 1);
      pbf.writePackedFloat(4, [1, 2]);
      pbf.writeFloatField(4, 3);
      pbf.writePackedFloat(4, [4]);
    });
    expect([...parseOnnx(pieces).initialisers.get('w')!.data]).toEqual([1, 2, 3, 4]);
  });

  it('reads float16 and bfloat16 to the last of their kinds', () => {
    const read = (dataType: number, ...bits: [number, number]) => [
      ...parseOnnx(
        rawTensor(dataType, new Uint8Array(Uint16Array.from(bits).buffer)),
      ).initialisers.get('w')!.data,
    ];
    expect(read(10, 0x0001, 0x7bff)).toEqual([2 ** -24, 65504]);
    expect(read(10, 0xfc00, 0x7e00)).toEqual([-Infinity, NaN]);
    expect(read(16, 0x0001, 0x7f80)).toEqual([2 ** -133, Infinity]);
  });

  it('gives float32 as a view of the file, if it is aligned', () => {
    const bytes = onnxModel(model);
    const { data } = parseOnnx(bytes).initialisers.get('w')!;
    // One place in four is a place where float32 can be looked at; elsewhere they are copied when
    // asked for.
    const seen = [0, 1, 2, 3].map((shift) => {
      const moved = new Uint8Array(bytes.length + 4);
      moved.set(bytes, shift);
      const tensor = parseOnnx(moved.subarray(shift, shift + bytes.length)).initialisers.get('w')!;
      expect([...tensor.data]).toEqual([...data]);
      return tensor.data.buffer === moved.buffer;
    });
    expect(seen.filter(Boolean)).toHaveLength(1);
  });

  it('reads whole numbers of either width, truth values and float64', () => {
    const read = (dataType: number, raw: ArrayBufferLike) => [
      ...parseOnnx(rawTensor(dataType, new Uint8Array(raw))).initialisers.get('w')!.data,
    ];
    expect(read(6, Int32Array.of(-5, 7).buffer)).toEqual([-5, 7]);
    expect(read(7, BigInt64Array.of(-5n, 1n << 40n).buffer)).toEqual([-5, 2 ** 40]);
    expect(read(9, Uint8Array.of(1, 0).buffer)).toEqual([1, 0]);
    expect(read(11, Float64Array.of(0.1, -2).buffer)).toEqual([0.1, -2]);
  });

  it('reads an attribute whose value proto3 left out as zero, not as absent', () => {
    const file = new PbfWriter();
    file.writeMessage(
      7,
      (_: null, graph) => {
        graph.writeMessage(
          1,
          (_node: null, pbf) => {
            pbf.writeMessage(
              5,
              (_attribute: null, attribute) => {
                attribute.writeStringField(1, 'axis');
                attribute.writeVarintField(20, 2);
              },
              null,
            );
          },
          null,
        );
      },
      null,
    );
    expect(parseOnnx(file.finish().slice()).nodes[0]!.attributes.get('axis')).toBe(0);
  });

  it('refuses a file cut short anywhere inside its graph', () => {
    const bytes = onnxModel(model);
    // The last record names the operator set: without it the graph is whole, and the importer asks
    // for the set.
    const graphEnd = bytes.length - 6;
    for (let end = 0; end < graphEnd; end++)
      expect(() => parseOnnx(bytes.subarray(0, end)), `cut at ${end}`).toThrow(badModel(/./));
    expect(parseOnnx(bytes.subarray(0, graphEnd)).opset).toBe(0);
    for (let end = graphEnd + 1; end < bytes.length; end++)
      expect(() => parseOnnx(bytes.subarray(0, end)), `cut at ${end}`).toThrow(badModel(/./));
  });

  it('refuses files that are no ONNX model', () => {
    expect(() =>
      parseOnnx(new TextEncoder().encode('<!doctype html><title>Not found</title>')),
    ).toThrow(badModel(/./));
    expect(() => parseOnnx(new Uint8Array())).toThrow(badModel('0 bytes and no graph'));
    expect(() => parseOnnx(onnxModel({ ...model, nodes: [] }))).toThrow(badModel('no graph'));
  });

  it('refuses a tensor whose number of values doesn’t fit its shape', () => {
    const wrong = (constant: Constant) => () =>
      parseOnnx(onnxModel({ ...model, constants: { w: constant } }));
    expect(wrong({ dims: [2, 4], data: weight.data })).toThrow(
      badModel(/"w" holds 6 values; its shape \[2, 4\] asks for 8/),
    );
    expect(wrong({ dims: [2, 4], data: weight.data, listed: true })).toThrow(
      badModel(/holds 6 values/),
    );
    expect(wrong({ dims: [-2, -3], data: weight.data })).toThrow(badModel(/\[-2, -3\]/));
    expect(() => parseOnnx(rawTensor(1, new Uint8Array(9)))).toThrow(
      badModel(/"w" holds 2.25 values/),
    );
  });

  it('refuses a tensor with a huge shape before it allocates anything', () => {
    const claims =
      (...dims: number[]) =>
      () =>
        parseOnnx(onnxModel({ ...model, constants: { w: { dims, data: [1, 2] } } }));
    expect(claims(25_000_000_000)).toThrow(
      badModel('holds 2 values; its shape \\[25000000000\\] asks for 25000000000'),
    );
    expect(claims(2 ** 40, 2 ** 40)).toThrow(badModel('has the shape'));
  });

  it('refuses unsupported data types, and numbers in a list of another type', () => {
    expect(() => parseOnnx(rawTensor(12, new Uint8Array(2)))).toThrow(
      badModel('"w" is of data type 12'),
    );
    const listed = (dataType: number, value: number) =>
      withTensor((pbf) => {
        pbf.writeVarintField(1, 1);
        pbf.writeVarintField(2, dataType);
        pbf.writePackedVarint(5, [value]);
      });
    expect(() => parseOnnx(listed(12, 1))).toThrow(badModel('"w" is of data type 12'));
    expect(() => parseOnnx(listed(1, 0x3c00))).toThrow(badModel('"w" holds 0 values'));
    expect(() => parseOnnx(listed(10, 70_000)).initialisers.get('w')!.data).toThrow(
      badModel('70000 as the bits'),
    );
  });

  it('refuses a graph of too many records for memory', () => {
    // A record of no bytes takes two of the file's.
    const graph = new Uint8Array(200_002).map((_, i) => (i % 2 === 0 ? 0x0a : 0));
    const file = new PbfWriter();
    file.writeBytesField(7, graph);
    expect(() => parseOnnx(file.finish().slice())).toThrow(badModel('more than 100000 nodes'));
  });

  it('reads a file with random damage, or refuses it as a bad model', () => {
    const random = seededRandom(11);
    const whole = onnxModel(model);
    let [read, refused] = [0, 0];
    for (let trial = 0; trial < 2000; trial++) {
      const bytes = whole.slice();
      for (let hits = 0; hits < 3; hits++) bytes[random.int(bytes.length)] = random.int(256);
      try {
        for (const tensor of parseOnnx(bytes).initialisers.values())
          expect(tensor.data.length).toBeLessThan(whole.length);
        read++;
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'bad-model' });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(500);
    expect(read).toBeGreaterThan(200);
  });

  it('refuses data in another file by its name, but not where it is said to be in this one', () => {
    const raw = new Uint8Array(Float32Array.of(1, 2).buffer);
    const elsewhere = onnxModel({
      ...model,
      constants: { w: { dims: [2], data: [], external: { location: 'weights.bin' } } },
    });
    expect(() => parseOnnx(elsewhere)).toThrow(
      expect.objectContaining({
        code: 'bad-model',
        message: expect.stringContaining('"weights.bin"'),
        nextStep: 'Pick weights.bin as well, or put it there beside the model.',
      }),
    );
    expect([
      ...parseOnnx(rawTensor(1, raw, (pbf) => pbf.writeVarintField(14, 0))).initialisers.get('w')!
        .data,
    ]).toEqual([1, 2]);
  });
});
