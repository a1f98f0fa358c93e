import { PbfWriter } from 'pbf';
import { describe, expect, it } from 'vitest';
import { node, onnxModel, type Constant, type Model } from '../../test/fixtures/onnx-model';
import { parseOnnx } from './onnx';

const weight: Constant = { dims: [2, 3], data: [1, -2, 0.5, 4, 1e-3, -7] };
const model: Model = {
  input: ['N', 3],
  nodes: [node('Gemm', ['x', 'w'], 'g', { alpha: { float: 0.5 }, transB: 1 }), node('Reshape', ['g', 's'], 'y')],
  constants: { w: weight, s: { dims: [2], data: [-1, 2], type: 'int64' } },
  opset: 11,
};
const badModel = (message: string | RegExp) => expect.objectContaining({ code: 'bad-model', message: expect.stringMatching(message) });

/** A file whose graph has one node and one tensor, the latter as `write` has it. */
function withTensor(write: (pbf: PbfWriter) => void): Uint8Array {
  const file = new PbfWriter();
  file.writeMessage(7, (_: null, graph) => {
    graph.writeMessage(1, (_node: null, pbf) => pbf.writeStringField(4, 'Relu'), null);
    graph.writeMessage(5, (_tensor: null, pbf) => {
      write(pbf);
      pbf.writeStringField(8, 'w');
    }, null);
  }, null);
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
    expect(parsed.nodes[0]!.attributes).toEqual(new Map([['alpha', 0.5], ['transB', 1]]));
    expect(parsed.initialisers.get('w')).toEqual({ name: 'w', dims: [2, 3], data: Float32Array.from(weight.data), whole: false });
    expect(parsed.initialisers.get('s')).toEqual({ name: 's', dims: [2], data: Float64Array.of(-1, 2), whole: true });
  });

  it('reads numbers alike whether they stand as bytes or as a list', () => {
    const listed = Object.fromEntries(Object.entries(model.constants!).map(([name, constant]) => [name, { ...constant, listed: true }]));
    expect(parseOnnx(onnxModel({ ...model, constants: listed }))).toEqual(parseOnnx(onnxModel(model)));
  });

  it('reads whole numbers of either width, truth values and float64', () => {
    const read = (dataType: number, raw: ArrayBufferLike) => [...parseOnnx(rawTensor(dataType, new Uint8Array(raw))).initialisers.get('w')!.data];
    expect(read(6, Int32Array.of(-5, 7).buffer)).toEqual([-5, 7]);
    expect(read(7, BigInt64Array.of(-5n, 1n << 40n).buffer)).toEqual([-5, 2 ** 40]);
    expect(read(9, Uint8Array.of(1, 0).buffer)).toEqual([1, 0]);
    expect(read(11, Float64Array.of(0.1, -2).buffer)).toEqual([0.1, -2]);
  });

  it('takes an attribute whose value proto3 left out as zero, not as absent', () => {
    const file = new PbfWriter();
    file.writeMessage(7, (_: null, graph) => {
      graph.writeMessage(1, (_node: null, pbf) => {
        pbf.writeMessage(5, (_attribute: null, attribute) => {
          attribute.writeStringField(1, 'axis');
          attribute.writeVarintField(20, 2);
        }, null);
      }, null);
    }, null);
    expect(parseOnnx(file.finish().slice()).nodes[0]!.attributes.get('axis')).toBe(0);
  });

  it('refuses a file cut short anywhere inside its graph', () => {
    const bytes = onnxModel(model);
    // The last record names the operator set: without it the graph is whole, and the importer asks for the set.
    const graphEnd = bytes.length - 6;
    for (let end = 0; end < graphEnd; end++) expect(() => parseOnnx(bytes.subarray(0, end)), `cut at ${end}`).toThrow(badModel(/./));
    expect(parseOnnx(bytes.subarray(0, graphEnd)).opset).toBe(0);
    for (let end = graphEnd + 1; end < bytes.length; end++) expect(() => parseOnnx(bytes.subarray(0, end)), `cut at ${end}`).toThrow(badModel(/./));
  });

  it('refuses what is no ONNX model', () => {
    expect(() => parseOnnx(new TextEncoder().encode('<!doctype html><title>Not found</title>'))).toThrow(badModel(/./));
    expect(() => parseOnnx(new Uint8Array())).toThrow(badModel('0 bytes and no graph'));
    expect(() => parseOnnx(onnxModel({ ...model, nodes: [] }))).toThrow(badModel('no graph'));
  });

  it('refuses a tensor that holds another number of values than its shape says', () => {
    const wrong = (constant: Constant) => () => parseOnnx(onnxModel({ ...model, constants: { w: constant } }));
    expect(wrong({ dims: [2, 4], data: weight.data })).toThrow(badModel(/"w" holds 6 values; its shape \[2, 4\] asks for 8/));
    expect(wrong({ dims: [2, 4], data: weight.data, listed: true })).toThrow(badModel(/holds 6 values/));
    expect(wrong({ dims: [-2, -3], data: weight.data })).toThrow(badModel(/\[-2, -3\]/));
    expect(() => parseOnnx(rawTensor(1, new Uint8Array(9)))).toThrow(badModel(/"w" holds 2.25 values/));
  });

  it('refuses a tensor of a type that it does not read, as bytes or as a list', () => {
    expect(() => parseOnnx(rawTensor(10, new Uint8Array(4)))).toThrow(badModel('"w" is of data type 10'));
    // Half-precision numbers listed as their bit patterns would pass for whole numbers.
    const listed = withTensor((pbf) => {
      pbf.writeVarintField(1, 1);
      pbf.writeVarintField(2, 10);
      pbf.writePackedVarint(5, [0x3c00]);
    });
    expect(() => parseOnnx(listed)).toThrow(badModel('"w" is of data type 10'));
  });

  it('refuses data in another file, and takes a note that it is in this one', () => {
    const raw = new Uint8Array(Float32Array.of(1, 2).buffer);
    expect(() => parseOnnx(rawTensor(1, new Uint8Array(), (pbf) => pbf.writeVarintField(14, 1)))).toThrow(badModel('keeps its data in another file'));
    expect([...parseOnnx(rawTensor(1, raw, (pbf) => pbf.writeVarintField(14, 0))).initialisers.get('w')!.data]).toEqual([1, 2]);
  });
});
