import type { ByteSource } from '../bytes/byte-source';
import { openSafetensors } from '../safetensors/safetensors-file';
import { badFile } from './stored-tensors';
import type { TensorFile } from './tensor-file';
import { LEGACY_START, openTorchLegacy } from '../torch/torch-legacy';
import { openTorchZip } from '../torch/torch-zip';

/** Files that people mistake for a file of arrays, recognised by their first bytes. */
const FOREIGN_FILES: readonly (readonly [
  matches: (magic: Uint8Array) => boolean,
  found: string,
  nextStep?: string,
])[] = [
  [
    (magic) => magic[0] === 0x80 && magic[1]! <= 5,
    'It is a pickle that PyTorch did not write.',
    'Save its arrays with PyTorch: torch.save({"name": torch.from_numpy(array)}, ' +
      '"weights.pt"). A set of pairs (.bin) goes where pairs are asked for.',
  ],
  [
    (magic) => textOf(magic).startsWith('<'),
    'It is a web page or XML: the download gave a page about the file.',
  ],
  [
    (magic) => textOf(magic).startsWith('version https://git-lfs'),
    'It is the pointer of a Git LFS file: the file itself has not been fetched.',
  ],
  [(magic) => magic[0] === 0x1f && magic[1] === 0x8b, 'It is compressed by gzip: unpack it first.'],
  // The IR version, then a field of the model: producer name or version, domain, or the graph.
  [
    (magic) => magic[0] === 0x08 && magic[1]! < 32 && [0x12, 0x1a, 0x22, 0x3a].includes(magic[2]!),
    'It is an ONNX model.',
  ],
  [(magic) => textOf(magic.subarray(1, 4)) === 'HDF', 'It is an HDF5 file.'],
  [
    (magic) => textOf(magic.subarray(1, 6)) === 'NUMPY',
    'It is a NumPy array (.npy).',
    'Save it with PyTorch: torch.save(torch.from_numpy(numpy.load("array.npy")), "array.pt")',
  ],
  [(magic) => textOf(magic).startsWith('GGUF'), 'It is a GGUF model.'],
  [
    (magic) => magic.length > 0 && magic.every((byte) => byte === 0),
    'It begins with zeros alone: its download broke off, or the disk lost it.',
  ],
  [(magic) => textOf(magic.subarray(257, 262)) === 'ustar', 'It is a tar: unpack it first.'],
];
const textOf = (bytes: Uint8Array) => String.fromCharCode(...bytes).trimStart();

/**
 * Opens a file of arrays, recognised by its first bytes: PyTorch (zip or legacy) or safetensors.
 * Reads its list of names only.
 * @throws StudioError `bad-checkpoint` that says what was found; whatever the source throws
 */
export async function openTensorFile(source: ByteSource): Promise<TensorFile> {
  const magic = await source.read(0, Math.min(512, source.size));
  if (magic[0] === 0x50 && magic[1] === 0x4b) return openTorchZip(source);
  if (LEGACY_START.every((byte, at) => magic[at] === byte)) return openTorchLegacy(source);
  // The header's length, then a JSON object.
  if (magic[8] === 0x7b && magic[7] === 0 && magic[6] === 0) return openSafetensors(source);
  const foreign = FOREIGN_FILES.find(([matches]) => matches(magic));
  if (foreign) {
    const [, found, nextStep] = foreign;
    throw badFile(source.name, found, nextStep === undefined ? {} : { nextStep });
  }
  const letters = [...magic.subarray(0, 8)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(' ');
  throw badFile(
    source.name,
    magic.length === 0 ? 'It is empty.' : `It begins with ${letters}, as neither format does.`,
  );
}
