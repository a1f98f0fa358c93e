import type { InputConvention } from '../../engine/input-convention';
import type { ByteSource } from '../../formats/bytes/byte-source';
import type { OpenCompanion } from '../../formats/onnx/onnx-external';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { StudioError } from '../../core/studio-error';
import type { TensorFile } from '../../formats/tensors/tensor-file';
import type { Backbone } from './backbone';
import { IrBackbone, type ConvFeature } from './ir/ir-backbone';
import type { WeightReading } from './ir/ir-weight-reader';
import { OnnxBackbone } from './onnx-backbone';
import { MOBILE_FACE_NET, MOBILE_FACE_NET_HASH } from './onnx-convention';
import { sha256Hex } from '../../formats/bytes/sha256-hex';
import { isSmallBackbone, openSmallBackbone } from './small-backbone';

/** Options of {@link openBackbone}. */
export interface OpenBackboneOptions extends WeightReading {
  /** Default: the file's name; for the default backbone's file, the backbone's name. */
  readonly name?: string;
  /** Default: the convention of the code that the file comes from. */
  readonly input?: InputConvention;
  /** Default: `body`. */
  readonly convFeature?: ConvFeature;
  /** Opens a file in the same folder: an ONNX model may keep its weights there. */
  readonly companion?: OpenCompanion;
}

/** Larger files are not hashed to see whether they are the default backbone. */
const MAX_HASHED_BYTES = 2 ** 24;

/**
 * Opens a backbone from a file, on the current tfjs backend. The first bytes say which kind it is:
 * an ONNX model, which is read whole, or arrays of PyTorch or safetensors, which are recognised by
 * their keys and read one by one; only for the latter is `onProgress` called.
 * @throws StudioError `bad-model` for a file that is no backbone; `unsupported-op`;
 * `bad-checkpoint` for a damaged file of arrays; what the source throws; `signal`'s reason. No
 * tensors are left behind.
 */
export async function openBackbone(
  source: ByteSource,
  options: OpenBackboneOptions = {},
): Promise<Backbone> {
  const { signal } = options;
  signal?.throwIfAborted();
  const magic = await source.read(0, Math.min(16, source.size), signal);
  if (!isOnnx(source.name, magic)) {
    const file = await openArrays(source, magic);
    return isSmallBackbone(file)
      ? openSmallBackbone(file, options)
      : IrBackbone.load(file, options);
  }
  const { name = await defaultName(source, signal), input, convFeature, companion } = options;
  const backbone = await OnnxBackbone.open(source, { name, input, convFeature }, companion, signal);
  // Not every source checks the signal.
  if (!signal?.aborted) return backbone;
  backbone.dispose();
  throw signal.reason;
}

/**
 * An ONNX file starts with the tag of its version field, 0x08. The header of a safetensors file may
 * start with that byte too.
 */
function isOnnx(name: string, magic: Uint8Array): boolean {
  return (
    magic.length > 0 && (/\.onnx$/i.test(name) || (magic[0] === 0x08 && !isSafetensors(magic)))
  );
}

/** A header length that fits into six bytes, followed by the header's opening brace. */
const isSafetensors = (magic: Uint8Array): boolean =>
  magic[8] === 0x7b && magic[7] === 0 && magic[6] === 0;

async function openArrays(source: ByteSource, magic: Uint8Array): Promise<TensorFile> {
  try {
    return await openTensorFile(source);
  } catch (thrown) {
    const isFileOfArrays = isSafetensors(magic) || magic[0] === 0x50 || magic[0] === 0x80;
    if (isFileOfArrays || !(thrown instanceof StudioError) || thrown.code !== 'bad-checkpoint')
      throw thrown;
    throw new StudioError(
      'bad-model',
      thrown.message,
      'Choose an ONNX, PyTorch (.pt, .pth) or safetensors file.',
      { cause: thrown },
    );
  }
}

async function defaultName(source: ByteSource, signal: AbortSignal | undefined): Promise<string> {
  if (source.size > MAX_HASHED_BYTES) return source.name;
  return (await sha256Hex(await source.read(0, source.size, signal))) === MOBILE_FACE_NET_HASH
    ? MOBILE_FACE_NET.name
    : source.name;
}
