import { PbfReader } from 'pbf';
import { StudioError } from './studio-error';

/** Element types of ONNX tensors that the studio reads (numbers of `TensorProto.DataType`). */
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const DOUBLE = 11;

/** A constant of the graph. Integers come as float64 numbers: shapes and indices stay far below 2⁵³. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** An attribute's value: which kind it is, the operator knows. */
export type OnnxAttribute = number | string | readonly number[] | OnnxTensor;

/** One operator of the graph. An absent optional input is the empty string. */
export interface OnnxNode {
  readonly opType: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** A graph input or output; a dimension that is symbolic or missing is null. */
export interface OnnxValue {
  readonly name: string;
  readonly dims: readonly (number | null)[];
}

/** An ONNX file as plain records. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initialisers: ReadonlyMap<string, OnnxTensor>;
  /** Inputs that are not initialisers. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/**
 * Reads an ONNX protobuf (field numbers from onnx.proto, IR version 3 and later).
 * @throws StudioError `bad-model` for bytes that are no ONNX model, are cut short, or hold a tensor whose size isn't
 * what its shape says
 */
export function parseOnnx(bytes: Uint8Array): OnnxModel {
  try {
    const model = { graph: null as OnnxModel | null };
    new PbfReader(bytes).readFields((tag, into, pbf) => {
      if (tag === 7) into.graph = readGraph(pbf);
    }, model);
    if (!model.graph || model.graph.nodes.length === 0) throw badModel(`The file has ${bytes.length} bytes and no graph.`);
    return model.graph;
  } catch (thrown) {
    if (thrown instanceof StudioError) throw thrown;
    throw badModel(`Its ${bytes.length} bytes break off or are no protobuf (${thrown instanceof Error ? thrown.message : String(thrown)}).`);
  }
}

interface GraphDraft {
  nodes: OnnxNode[];
  initialisers: Map<string, OnnxTensor>;
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

function readGraph(pbf: PbfReader): OnnxModel {
  const graph = message<GraphDraft>(pbf, { nodes: [], initialisers: new Map(), inputs: [], outputs: [] }, (tag, into) => {
    if (tag === 1) into.nodes.push(readNode(pbf));
    else if (tag === 5) {
      const tensor = readTensor(pbf);
      into.initialisers.set(tensor.name, tensor);
    } else if (tag === 11) into.inputs.push(readValue(pbf));
    else if (tag === 12) into.outputs.push(readValue(pbf));
  });
  return { ...graph, inputs: graph.inputs.filter(({ name }) => !graph.initialisers.has(name)) };
}

function readNode(pbf: PbfReader): OnnxNode {
  const node = { opType: '', name: '', inputs: [] as string[], outputs: [] as string[], attributes: new Map<string, OnnxAttribute>() };
  return message(pbf, node, (tag, into) => {
    if (tag === 1) into.inputs.push(pbf.readString());
    else if (tag === 2) into.outputs.push(pbf.readString());
    else if (tag === 3) into.name = pbf.readString();
    else if (tag === 4) into.opType = pbf.readString();
    else if (tag === 5) {
      const { name, value } = readAttribute(pbf);
      if (value !== null) into.attributes.set(name, value);
    }
  });
}

function readAttribute(pbf: PbfReader): { name: string; value: OnnxAttribute | null } {
  const draft = { name: '', value: null as OnnxAttribute | null, list: [] as number[] };
  message(pbf, draft, (tag, into) => {
    if (tag === 1) into.name = pbf.readString();
    else if (tag === 2) into.value = pbf.readFloat();
    else if (tag === 3) into.value = pbf.readVarint(true);
    else if (tag === 4) into.value = pbf.readString();
    else if (tag === 5) into.value = readTensor(pbf);
    else if (tag === 7) pbf.readPackedFloat(into.list);
    else if (tag === 8) pbf.readPackedVarint(into.list, true);
  });
  return { name: draft.name, value: draft.value ?? (draft.list.length > 0 ? draft.list : null) };
}

function readTensor(pbf: PbfReader): OnnxTensor {
  const draft = { name: '', dims: [] as number[], dataType: 0, raw: null as Uint8Array | null, values: [] as number[], external: false };
  message(pbf, draft, (tag, into) => {
    if (tag === 1) pbf.readPackedVarint(into.dims, true);
    else if (tag === 2) into.dataType = pbf.readVarint();
    else if (tag === 4) pbf.readPackedFloat(into.values);
    else if (tag === 5 || tag === 7) pbf.readPackedVarint(into.values, true);
    else if (tag === 8) into.name = pbf.readString();
    else if (tag === 9) into.raw = pbf.readBytes();
    else if (tag === 10) pbf.readPackedDouble(into.values);
    else if (tag === 13 || tag === 14) into.external = true;
  });
  const { name, dims, dataType, raw, values } = draft;
  if (draft.external) throw badModel(`Its tensor "${name}" keeps its data in another file.`);
  const size = dims.reduce((product, side) => product * side, 1);
  const data = raw ? decodeRaw(name, dataType, raw) : dataType === FLOAT ? Float32Array.from(values) : Float64Array.from(values);
  if (data.length !== size) throw badModel(`Its tensor "${name}" holds ${data.length} values; its shape [${dims.join(', ')}] asks for ${size}.`);
  return { name, dims, data };
}

function decodeRaw(name: string, dataType: number, raw: Uint8Array): Float32Array | Float64Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  switch (dataType) {
    case FLOAT:
      return Float32Array.from({ length: raw.length >> 2 }, (_, i) => view.getFloat32(4 * i, true));
    case DOUBLE:
      return Float64Array.from({ length: raw.length >> 3 }, (_, i) => view.getFloat64(8 * i, true));
    case INT32:
      return Float64Array.from({ length: raw.length >> 2 }, (_, i) => view.getInt32(4 * i, true));
    case INT64:
      return Float64Array.from({ length: raw.length >> 3 }, (_, i) => Number(view.getBigInt64(8 * i, true)));
    default:
      throw badModel(`Its tensor "${name}" is of data type ${dataType}; float32, float64, int32 and int64 are read.`);
  }
}

function readValue(pbf: PbfReader): OnnxValue {
  const value = { name: '', dims: [] as (number | null)[] };
  return message(pbf, value, (tag, into) => {
    if (tag === 1) into.name = pbf.readString();
    else if (tag === 2) message(pbf, into, (typeTag) => typeTag === 1 && readTensorType(pbf, into));
  });
}

function readTensorType(pbf: PbfReader, into: { dims: (number | null)[] }): void {
  message(pbf, into, (tag) => {
    if (tag !== 2) return;
    message(pbf, into, (shapeTag) => {
      if (shapeTag !== 1) return;
      const dimension = message(pbf, { size: null as number | null }, (dimTag, draft) => {
        if (dimTag === 1) draft.size = pbf.readVarint(true);
      });
      into.dims.push(dimension.size);
    });
  });
}

/** Reads a length-delimited message into `result`, field by field. */
function message<T>(pbf: PbfReader, result: T, field: (tag: number, into: T) => void): T {
  const end = pbf.readVarint() + pbf.pos;
  if (end > pbf.length) throw badModel(`A record claims to end at byte ${end} of ${pbf.length}.`);
  return pbf.readFields((tag, into) => field(tag, into), result, end);
}

function badModel(found: string): StudioError {
  return new StudioError('bad-model', `This is not a readable ONNX model. ${found}`, 'Choose an .onnx file with its weights inside.');
}
