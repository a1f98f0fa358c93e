/** What a zip that isn't a PyTorch checkpoint is, and what makes one of it. */
export interface ForeignZip {
  readonly found: string;
  readonly nextStep: string;
}

const kinds: readonly (ForeignZip & { readonly isIt: (name: string) => boolean })[] = [
  {
    // The archive has this from PyTorch 2.0 on; from 2.7 on its form stands in a record of its own.
    isIt: (name) =>
      name.endsWith('serialized_exported_program.json') || /(^|\/)archive_format$/.test(name),
    found:
      'It is an exported program (.pt2, torch.export.save): code and weights in one, and ' +
      'no code of a file is run.',
    nextStep:
      'Save its weights alone: torch.save(torch.export.load("model.pt2").state_dict, "weights.pt")',
  },
  {
    isIt: (name) => /(^|\/)code\/__torch__/.test(name) || /(^|\/)constants\.pkl$/.test(name),
    found:
      'It is a TorchScript program (torch.jit.save): code and weights in one, and no code ' +
      'of a file is run.',
    nextStep:
      'Save its weights alone: torch.save(torch.jit.load("model.pt").state_dict(), "weights.pt")',
  },
  {
    isIt: (name) => name.endsWith('.npy'),
    found: 'It is a NumPy archive (.npz).',
    nextStep:
      'Save its arrays as safetensors: ' +
      'safetensors.numpy.save_file(dict(numpy.load("arrays.npz")), "arrays.safetensors")',
  },
  {
    isIt: (name) => name === 'MAR-INF/MANIFEST.json',
    found: 'It is a TorchServe archive (.mar).',
    nextStep: 'Unpack it, and choose the .pt or .pth file in it.',
  },
  {
    isIt: (name) => name === 'model.weights.h5',
    found: 'It is a Keras model (.keras).',
    nextStep: 'Convert it to ONNX, or save its weights as safetensors.',
  },
];

/**
 * Tells a zip by the names of its records; null for one that may be a checkpoint, or is none that
 * is known.
 */
export function foreignZip(names: readonly string[]): ForeignZip | null {
  return kinds.find(({ isIt }) => names.some(isIt)) ?? null;
}
