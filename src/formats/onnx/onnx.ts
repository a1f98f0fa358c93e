import { PbfReader } from 'pbf';
import type { ByteSource } from '../bytes/byte-source';
import { fillExternal, pickStep, type OpenCompanion } from './onnx-external';
import { badModel, message, namingModel } from './onnx-message';
import { readTensor, type ExternalTensor, type OnnxTensor } from './onnx-tensor';
import { messageOf, StudioError } from '../../core/studio-error';

/** Protobuf allows less than 2 GiB. */
const MAX_BYTES = 2 ** 31;

/**
 * More nodes, tensors, inputs and outputs than any network has; bounds the memory that a malicious
 * file can take.
 */
const MAX_RECORDS = 100_000;

export type { OnnxTensor };

/** An attribute's value. Its type depends on the operator. */
export type OnnxAttribute = number | string | readonly number[] | OnnxTensor;

/** One operator of the graph. An absent optional input is the empty string. */
export interface OnnxNode {
  /**
   * The operator's name in ONNX; with the domain before it for those of another domain,
   * `com.microsoft.FusedConv`.
   */
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
  /**
   * Version of the operator set, on which the meaning of some operators depends. 0 if the file has
   * none.
   */
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly initialisers: ReadonlyMap<string, OnnxTensor>;
  /** Inputs that are not initialisers. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** An ONNX model and the bytes that it was read from. */
export interface OpenedOnnx {
  readonly model: OnnxModel;
  /**
   * The bytes of the file, and then those of its tensors in other files, in the file's order. A
   * hash of the model covers all of them.
   */
  readonly pieces: readonly Uint8Array[];
}

/**
 * Reads an ONNX protobuf (field numbers from onnx.proto, IR version 3 and later). The tensors are
 * views of `bytes`.
 * @throws StudioError `bad-model` for bytes that are no ONNX model or are cut short, a tensor whose
 * size doesn't fit its shape, or tensors in another file
 */
export function parseOnnx(bytes: Uint8Array): OnnxModel {
  const external: ExternalTensor[] = [];
  const model = readModel(bytes, external);
  const [first] = external;
  if (first)
    throw badModel(
      `Its tensor "${first.name}" keeps its data in another file, "${first.location}".`,
      pickStep(first.location),
    );
  return model;
}

/**
 * Reads an ONNX file and its tensors in other files. Holds one copy of each byte.
 * @param external opens the file of that name beside the model; null if there is none. It is never
 * called with a path that leads out of the model's folder.
 * @throws StudioError as {@link parseOnnx}, and `bad-model` for another file that is missing or
 * doesn't hold the tensors; whatever the sources throw
 */
export async function openOnnx(
  source: ByteSource,
  external: OpenCompanion = async () => null,
  signal?: AbortSignal,
): Promise<OpenedOnnx> {
  return namingModel(source.name, async () => {
    if (source.size >= MAX_BYTES)
      throw badModel(`It has ${source.size} bytes; an ONNX file has less than ${MAX_BYTES}.`);
    const bytes = await wholeOf(source, signal);
    const tensors: ExternalTensor[] = [];
    const model = readModel(bytes, tensors);
    return { model, pieces: [bytes, ...(await fillExternal(tensors, external, signal))] };
  });
}

/** Reads the stream into one array: a plain read of the whole file may hold two copies of it. */
async function wholeOf(source: ByteSource, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const bytes = new Uint8Array(source.size);
  let filled = 0;
  const reader = (await source.stream(0, signal)).getReader();
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      if (filled + chunk.value.length > bytes.length)
        throw badModel(`Its source sends more than its size of ${bytes.length} bytes.`);
      bytes.set(chunk.value, filled);
      filled += chunk.value.length;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  if (filled < bytes.length)
    throw badModel(`It has ${bytes.length} bytes, of which ${filled} came.`, 'Try again.');
  return bytes;
}

function readModel(bytes: Uint8Array, external: ExternalTensor[]): OnnxModel {
  try {
    const pbf = new PbfReader(bytes);
    const tensor = () => readTensor(pbf, (each) => external.push(each));
    const model = { opset: 0, graph: null as OnnxGraphRecord | null };
    pbf.readFields((tag, into) => {
      if (tag === 7) {
        // The last of several graphs counts, as protobuf has it.
        external.length = 0;
        into.graph = readGraph(pbf, tensor);
      } else if (tag === 8) into.opset = readOpset(pbf) ?? into.opset;
    }, model);
    if (pbf.pos !== bytes.length)
      throw badModel(`Its last record ends at byte ${pbf.pos} of ${bytes.length}.`);
    if (!model.graph || model.graph.nodes.length === 0)
      throw badModel(`It has ${bytes.length} bytes and no graph.`);
    return { opset: model.opset, ...model.graph };
  } catch (thrown) {
    if (thrown instanceof StudioError) throw thrown;
    throw badModel(
      `Its ${bytes.length} bytes break off or are no protobuf (${messageOf(thrown)}).`,
    );
  }
}

type OnnxGraphRecord = Omit<OnnxModel, 'opset'>;

interface GraphDraft {
  nodes: OnnxNode[];
  initialisers: Map<string, OnnxTensor>;
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

/** The version, if the entry is about ONNX's own operators; otherwise null. */
function readOpset(pbf: PbfReader): number | null {
  const entry = message(pbf, { domain: '', version: 0 }, (tag, into) => {
    if (tag === 1) into.domain = pbf.readString();
    else if (tag === 2) into.version = pbf.readVarint(true);
  });
  return isStandard(entry.domain) ? entry.version : null;
}

const isStandard = (domain: string) => domain === '' || domain === 'ai.onnx';

function readGraph(pbf: PbfReader, tensor: () => OnnxTensor): OnnxGraphRecord {
  let records = 0;
  const graph = message<GraphDraft>(
    pbf,
    { nodes: [], initialisers: new Map(), inputs: [], outputs: [] },
    (tag, into) => {
      // An empty record has two bytes in the file, but hundreds in memory.
      if (++records > MAX_RECORDS)
        throw badModel(
          `Its graph has more than ${MAX_RECORDS} nodes, tensors, inputs and outputs.`,
        );
      if (tag === 1) into.nodes.push(readNode(pbf, tensor));
      else if (tag === 5) {
        const initialiser = tensor();
        into.initialisers.set(initialiser.name, initialiser);
      } else if (tag === 11) into.inputs.push(readValue(pbf));
      else if (tag === 12) into.outputs.push(readValue(pbf));
    },
  );
  return { ...graph, inputs: graph.inputs.filter(({ name }) => !graph.initialisers.has(name)) };
}

function readNode(pbf: PbfReader, tensor: () => OnnxTensor): OnnxNode {
  const draft = {
    opType: '',
    domain: '',
    name: '',
    inputs: [] as string[],
    outputs: [] as string[],
    attributes: new Map<string, OnnxAttribute>(),
  };
  const { domain, ...node } = message(pbf, draft, (tag, into) => {
    if (tag === 1) into.inputs.push(pbf.readString());
    else if (tag === 2) into.outputs.push(pbf.readString());
    else if (tag === 3) into.name = pbf.readString();
    else if (tag === 4) into.opType = pbf.readString();
    else if (tag === 7) into.domain = pbf.readString();
    else if (tag === 5) {
      const { name, value } = readAttribute(pbf, tensor);
      if (value !== null) into.attributes.set(name, value);
    }
  });
  return isStandard(domain) ? node : { ...node, opType: `${domain}.${node.opType}` };
}

/**
 * The value of an attribute without one, by `AttributeProto.AttributeType`: proto3 leaves zeros
 * out.
 */
const EMPTY_VALUES: Readonly<Record<number, OnnxAttribute>> = { 1: 0, 2: 0, 3: '', 6: [], 7: [] };

function readAttribute(
  pbf: PbfReader,
  tensor: () => OnnxTensor,
): { name: string; value: OnnxAttribute | null } {
  const draft = { name: '', type: 0, value: null as OnnxAttribute | null, list: [] as number[] };
  message(pbf, draft, (tag, into) => {
    if (tag === 1) into.name = pbf.readString();
    else if (tag === 2) into.value = pbf.readFloat();
    else if (tag === 3) into.value = pbf.readVarint(true);
    else if (tag === 4) into.value = pbf.readString();
    else if (tag === 5) into.value = tensor();
    else if (tag === 7) pbf.readPackedFloat(into.list);
    else if (tag === 8) pbf.readPackedVarint(into.list, true);
    else if (tag === 20) into.type = pbf.readVarint();
  });
  return {
    name: draft.name,
    value: draft.value ?? (draft.list.length > 0 ? draft.list : (EMPTY_VALUES[draft.type] ?? null)),
  };
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
