import type { ByteSource } from '../bytes/byte-source';
import { openSafetensors } from '../safetensors/safetensors-file';
import { badFile } from './stored-tensors';
import type { TensorFile } from './tensor-file';
import { LEGACY_START, openTorchLegacy } from '../torch/torch-legacy';
import { openTorchZip } from '../torch/torch-zip';

/** What else people take for a file of arrays, by how it begins. */
const others: readonly (readonly [
  starts: (first: Uint8Array) => boolean,
  what: string,
  nextStep?: string,
])[] = [
  [
    (first) => first[0] === 0x80 && first[1]! <= 5,
    'It is a pickle that PyTorch did not write.',
    'Save its arrays with PyTorch: torch.save({"name": torch.from_numpy(array)}, ' +
      '"weights.pt"). A set of pairs (.bin) goes where pairs are asked for.',
  ],
  [
    (first) => textOf(first).startsWith('<'),
    'It is a web page or XML: the download gave a page about the file.',
  ],
  [
    (first) => textOf(first).startsWith('version https://git-lfs'),
    'It is the pointer of a Git LFS file: the file itself has not been fetched.',
  ],
  [(first) => first[0] === 0x1f && first[1] === 0x8b, 'It is compressed by gzip: unpack it first.'],
  // The format's version, then a field of the model: its maker's name or version, a domain, or the
  // graph itself.
  [
    (first) => first[0] === 0x08 && first[1]! < 32 && [0x12, 0x1a, 0x22, 0x3a].includes(first[2]!),
    'It is an ONNX model.',
  ],
  [(first) => textOf(first.subarray(1, 4)) === 'HDF', 'It is an HDF5 file.'],
  [
    (first) => textOf(first.subarray(1, 6)) === 'NUMPY',
    'It is a NumPy array (.npy).',
    'Save it with PyTorch: torch.save(torch.from_numpy(numpy.load("array.npy")), "array.pt")',
  ],
  [(first) => textOf(first).startsWith('GGUF'), 'It is a GGUF model.'],
  [
    (first) => first.length > 0 && first.every((byte) => byte === 0),
    'It begins with zeros alone: its download broke off, or the disk lost it.',
  ],
  [(first) => textOf(first.subarray(257, 262)) === 'ustar', 'It is a tar: unpack it first.'],
];
const textOf = (bytes: Uint8Array) => String.fromCharCode(...bytes).trimStart();

/**
 * Opens a file of arrays, recognised by its first bytes: PyTorch (zip or legacy) or safetensors.
 * Reads its list of names only.
 * @throws StudioError `bad-checkpoint` that says what was found; what the source throws
 */
export async function openTensorFile(source: ByteSource): Promise<TensorFile> {
  const first = await source.read(0, Math.min(512, source.size));
  if (first[0] === 0x50 && first[1] === 0x4b) return openTorchZip(source);
  if (LEGACY_START.every((byte, at) => first[at] === byte)) return openTorchLegacy(source);
  // Its header's length, then a JSON object.
  if (first[8] === 0x7b && first[7] === 0 && first[6] === 0) return openSafetensors(source);
  const other = others.find(([starts]) => starts(first));
  if (other)
    throw badFile(source.name, other[1], other[2] === undefined ? {} : { nextStep: other[2] });
  const letters = [...first.subarray(0, 8)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(' ');
  throw badFile(
    source.name,
    first.length === 0 ? 'It is empty.' : `It begins with ${letters}, as neither of them does.`,
  );
}
