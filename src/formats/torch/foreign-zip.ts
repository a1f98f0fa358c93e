/** Describes a zip that isn't a PyTorch checkpoint, and how to make one of it. */
export interface ForeignZip {
  readonly found: string;
  readonly nextStep: string;
}

const kinds: readonly (ForeignZip & { readonly hasRecord: (name: string) => boolean })[] = [
  {
    // PyTorch 2.0 and later write the first record, 2.7 and later the second too.
    hasRecord: (name) =>
      name.endsWith('serialized_exported_program.json') || /(^|\/)archive_format$/.test(name),
    found:
      'It is an exported program (.pt2, torch.export.save): code and weights in one, and ' +
      'no code of a file is run.',
    nextStep:
      'Save its weights alone: torch.save(torch.export.load("model.pt2").state_dict, "weights.pt")',
  },
  {
    hasRecord: (name) => /(^|\/)code\/__torch__/.test(name) || /(^|\/)constants\.pkl$/.test(name),
    found:
      'It is a TorchScript program (torch.jit.save): code and weights in one, and no code ' +
      'of a file is run.',
    nextStep:
      'Save its weights alone: torch.save(torch.jit.load("model.pt").state_dict(), "weights.pt")',
  },
  {
    hasRecord: (name) => name.endsWith('.npy'),
    found: 'It is a NumPy archive (.npz).',
    nextStep:
      'Save its arrays as safetensors: ' +
      'safetensors.numpy.save_file(dict(numpy.load("arrays.npz")), "arrays.safetensors")',
  },
  {
    hasRecord: (name) => name === 'MAR-INF/MANIFEST.json',
    found: 'It is a TorchServe archive (.mar).',
    nextStep: 'Unpack it, and choose the .pt or .pth file in it.',
  },
  {
    hasRecord: (name) => name === 'model.weights.h5',
    found: 'It is a Keras model (.keras).',
    nextStep: 'Convert it to ONNX, or save its weights as safetensors.',
  },
];

/**
 * Recognises a zip by the names of its records. Null for one that may be a checkpoint, or is of an
 * unknown kind.
 */
export function foreignZip(names: readonly string[]): ForeignZip | null {
  return kinds.find(({ hasRecord }) => names.some(hasRecord)) ?? null;
}
