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

/** How to take a backbone from a file. */
export interface OpenBackboneOptions extends WeightReading {
  /** By default the file's; the default backbone's own for its file. */
  readonly name?: string;
  /** By default what the file's kind is fed by its own code. */
  readonly input?: InputConvention;
  /** By default `body`. */
  readonly convFeature?: ConvFeature;
  /** Opens a file that lies beside this one: an ONNX model may keep its weights there. */
  readonly companion?: OpenCompanion;
}

/** The default backbone is looked for among files of at most so many bytes. */
const SMALL = 2 ** 24;

/**
 * A backbone out of a file, on the current tfjs backend. Its first bytes say which kind it is of:
 * an ONNX model, which is read whole, or arrays of PyTorch or safetensors, which are recognised by
 * their keys and read one by one; `onProgress` hears of those.
 * @throws StudioError `bad-model` for what is no backbone; `unsupported-op`; `bad-checkpoint` for a
 * damaged file of arrays; what the source throws; `signal`'s reason. Nothing stays behind.
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
  const { name = await usualName(source, signal), input, convFeature, companion } = options;
  const backbone = await OnnxBackbone.open(source, { name, input, convFeature }, companion, signal);
  // Not every source looks at the signal.
  if (!signal?.aborted) return backbone;
  backbone.dispose();
  throw signal.reason;
}

/**
 * By its first field, which is the version, a whole number; a header of safetensors may begin with
 * that byte too.
 */
function isOnnx(name: string, magic: Uint8Array): boolean {
  return (
    magic.length > 0 && (/\.onnx$/i.test(name) || (magic[0] === 0x08 && !isSafetensors(magic)))
  );
}

/** A length of at most six bytes, and the brace that a header begins with. */
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

async function usualName(source: ByteSource, signal: AbortSignal | undefined): Promise<string> {
  if (source.size > SMALL) return source.name;
  return (await sha256Hex(await source.read(0, source.size, signal))) === MOBILE_FACE_NET_HASH
    ? MOBILE_FACE_NET.name
    : source.name;
}
