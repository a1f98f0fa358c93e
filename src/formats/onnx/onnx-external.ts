import type { ByteSource } from '../bytes/byte-source';
import { badModel } from './onnx-message';
import type { ExternalTensor } from './onnx-tensor';
import type { StudioErrorRecord } from '../../core/studio-error';

/**
 * Opens a file next to a model, by its path from the model's folder. Null if it doesn't exist.
 */
export type OpenCompanion = (location: string) => Promise<ByteSource | null>;

/** A file with tensors of a model. */
interface ExternalFile {
  readonly source: ByteSource;
  /** The ranges that have been read, by "offset length". */
  readonly parts: Map<string, Uint8Array>;
  bytesRead: number;
}

/**
 * Reads the tensors that a model keeps in other files, each by its range.
 * @returns the bytes read, in the order of `tensors`
 * @throws StudioError `bad-model` for a path outside the model's folder, a file that is missing or
 * too short, or tensors that together are larger than their file; whatever the sources throw
 */
export async function fillExternal(
  tensors: readonly ExternalTensor[],
  open: OpenCompanion,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const files = new Map<string, ExternalFile>();
  const pieces: Uint8Array[] = [];
  for (const tensor of tensors) {
    const { name, location, offset, length } = tensor;
    const file = files.get(location) ?? {
      source: await companion(tensor, open),
      parts: new Map<string, Uint8Array>(),
      bytesRead: 0,
    };
    files.set(location, file);
    const { size } = file.source;
    if (offset + length > size) {
      throw badModel(
        `Its tensor "${name}" lies at bytes ${offset} to ${offset + length} of ` +
          `${location}, which has ${size}.`,
        `Get ${location} again: it may be cut short, or belong to another model.`,
      );
    }
    const range = `${offset} ${length}`;
    let bytes = file.parts.get(range);
    if (!bytes) {
      // Tensors of the same range share its bytes. Other overlaps are refused, because a small file
      // could fill all memory by them.
      file.bytesRead += length;
      if (file.bytesRead > size)
        throw badModel(
          `Its tensors ask for more than the ${size} bytes of ${location}: they overlap.`,
        );
      bytes = await file.source.read(offset, length, signal);
      file.parts.set(range, bytes);
    }
    tensor.put(bytes);
    pieces.push(bytes);
  }
  return pieces;
}

/** The next step where a file with a model's tensors is missing. */
export const pickStep = (location: string): string =>
  `Pick ${location} as well, or put it there beside the model.`;

/**
 * The missing file that an error of {@link fillExternal} asks for, as the model names it; null for
 * other errors.
 */
export function missingCompanion({ nextStep }: Pick<StudioErrorRecord, 'nextStep'>): string | null {
  const found = /^Pick (.+) as well, or put/.exec(nextStep)?.[1];
  return found !== undefined && nextStep === pickStep(found) ? found : null;
}

async function companion(
  { name, location }: ExternalTensor,
  open: OpenCompanion,
): Promise<ByteSource> {
  const steps = location.split('/');
  // On some system a backslash, a colon or an empty step leads out of the folder.
  if (/[\\:\0]/.test(location) || steps.some((step) => step === '' || step === '..')) {
    throw badModel(
      `Its tensor "${name}" lies in "${location}", which is not a path inside the model's folder.`,
    );
  }
  const source = await open(location);
  if (source) return source;
  throw badModel(
    `It keeps its tensor "${name}" and perhaps others in ${location}, which is missing.`,
    pickStep(location),
  );
}
