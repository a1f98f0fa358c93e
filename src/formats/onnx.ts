import { PbfReader } from 'pbf';
import { StudioError } from './studio-error';

/** Element types of ONNX tensors that the studio reads (numbers of `TensorProto.DataType`). */
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const BOOL = 9;
const DOUBLE = 11;

/** A constant of the graph. Integers come as float64 numbers: shapes and indices stay far below 2⁵³. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array;
  /** Whether its elements are whole numbers (int32, int64 or bool): shapes, axes and indices. */
  readonly whole: boolean;
}

/** An attribute's value: which kind it is, the operator knows. */
export type OnnxAttribute = number | string | readonly number[] | OnnxTensor;

/** One operator of the graph. An absent optional input is the empty string. */
export interface OnnxNode {
  /** As ONNX names it; an operator of another domain has that before its name, `com.microsoft.FusedConv`. */
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
  /** Version of the operator set: what some operators mean depends on it. 0 where the file names none. */
  readonly opset: number;
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
    const pbf = new PbfReader(bytes);
    const model = { opset: 0, graph: null as OnnxGraphRecord | null };
    pbf.readFields((tag, into) => {
      if (tag === 7) into.graph = readGraph(pbf);
      else if (tag === 8) into.opset = readOpset(pbf) ?? into.opset;
    }, model);
    if (pbf.pos !== bytes.length) throw badModel(`Its last record ends at byte ${pbf.pos} of ${bytes.length}.`);
    if (!model.graph || model.graph.nodes.length === 0) throw badModel(`The file has ${bytes.length} bytes and no graph.`);
    return { opset: model.opset, ...model.graph };
  } catch (thrown) {
    if (thrown instanceof StudioError) throw thrown;
    throw badModel(`Its ${bytes.length} bytes break off or are no protobuf (${thrown instanceof Error ? thrown.message : String(thrown)}).`);
  }
}

type OnnxGraphRecord = Omit<OnnxModel, 'opset'>;

interface GraphDraft {
  nodes: OnnxNode[];
  initialisers: Map<string, OnnxTensor>;
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

/** The version, where the entry is about ONNX's own operators. */
function readOpset(pbf: PbfReader): number | null {
  const entry = message(pbf, { domain: '', version: 0 }, (tag, into) => {
    if (tag === 1) into.domain = pbf.readString();
    else if (tag === 2) into.version = pbf.readVarint(true);
  });
  return isStandard(entry.domain) ? entry.version : null;
}

const isStandard = (domain: string) => domain === '' || domain === 'ai.onnx';

function readGraph(pbf: PbfReader): OnnxGraphRecord {
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
  const draft = { opType: '', domain: '', name: '', inputs: [] as string[], outputs: [] as string[], attributes: new Map<string, OnnxAttribute>() };
  const { domain, ...node } = message(pbf, draft, (tag, into) => {
    if (tag === 1) into.inputs.push(pbf.readString());
    else if (tag === 2) into.outputs.push(pbf.readString());
    else if (tag === 3) into.name = pbf.readString();
    else if (tag === 4) into.opType = pbf.readString();
    else if (tag === 7) into.domain = pbf.readString();
    else if (tag === 5) {
      const { name, value } = readAttribute(pbf);
      if (value !== null) into.attributes.set(name, value);
    }
  });
  return isStandard(domain) ? node : { ...node, opType: `${domain}.${node.opType}` };
}

/** What an attribute of each `AttributeProto.AttributeType` is when the file leaves its value out: proto3 drops zeros. */
const EMPTY_VALUES: Readonly<Record<number, OnnxAttribute>> = { 1: 0, 2: 0, 3: '', 6: [], 7: [] };

function readAttribute(pbf: PbfReader): { name: string; value: OnnxAttribute | null } {
  const draft = { name: '', type: 0, value: null as OnnxAttribute | null, list: [] as number[] };
  message(pbf, draft, (tag, into) => {
    if (tag === 1) into.name = pbf.readString();
    else if (tag === 2) into.value = pbf.readFloat();
    else if (tag === 3) into.value = pbf.readVarint(true);
    else if (tag === 4) into.value = pbf.readString();
    else if (tag === 5) into.value = readTensor(pbf);
    else if (tag === 7) pbf.readPackedFloat(into.list);
    else if (tag === 8) pbf.readPackedVarint(into.list, true);
    else if (tag === 20) into.type = pbf.readVarint();
  });
  return { name: draft.name, value: draft.value ?? (draft.list.length > 0 ? draft.list : (EMPTY_VALUES[draft.type] ?? null)) };
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
    // Where the data lies: 0 is in this file, and may be written out.
    else if (tag === 14) into.external = pbf.readVarint() !== 0;
  });
  const { name, dims, dataType, raw, values } = draft;
  if (draft.external) throw badModel(`Its tensor "${name}" keeps its data in another file.`);
  const read = Object.hasOwn(ELEMENTS, dataType) ? ELEMENTS[dataType] : undefined;
  if (!read) throw badModel(`Its tensor "${name}" is of data type ${dataType}; float32, float64, int32, int64 and bool are read.`);
  const size = dims.reduce((product, side) => product * side, 1);
  const data = raw ? decodeRaw(raw, read) : dataType === FLOAT ? Float32Array.from(values) : Float64Array.from(values);
  const found = raw ? raw.length / read.bytes : data.length;
  if (found !== size || dims.some((side) => side < 0)) {
    throw badModel(`Its tensor "${name}" holds ${found} values; its shape [${dims.join(', ')}] asks for ${size}.`);
  }
  return { name, dims, data, whole: read.whole };
}

interface Element {
  readonly bytes: number;
  readonly whole: boolean;
  at(view: DataView, byte: number): number;
}

/** How the elements of each data type lie in `raw_data`. */
const ELEMENTS: Readonly<Record<number, Element>> = {
  [FLOAT]: { bytes: 4, whole: false, at: (view, byte) => view.getFloat32(byte, true) },
  [DOUBLE]: { bytes: 8, whole: false, at: (view, byte) => view.getFloat64(byte, true) },
  [INT32]: { bytes: 4, whole: true, at: (view, byte) => view.getInt32(byte, true) },
  [INT64]: { bytes: 8, whole: true, at: (view, byte) => Number(view.getBigInt64(byte, true)) },
  [BOOL]: { bytes: 1, whole: true, at: (view, byte) => view.getUint8(byte) },
};

function decodeRaw(raw: Uint8Array, element: Element): Float32Array | Float64Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const count = Math.floor(raw.length / element.bytes);
  const data = element === ELEMENTS[FLOAT] ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) data[i] = element.at(view, element.bytes * i);
  return data;
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
  pbf.readFields((tag, into) => field(tag, into), result, end);
  if (pbf.pos !== end) throw badModel(`A record that claims to end at byte ${end} ends at byte ${pbf.pos}.`);
  return result;
}

function badModel(found: string): StudioError {
  return new StudioError('bad-model', `This is not a readable ONNX model. ${found}`, 'Choose an .onnx file with its weights inside.');
}
