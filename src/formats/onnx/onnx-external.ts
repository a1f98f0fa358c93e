import type { ByteSource } from '../bytes/byte-source';
import { badModel } from './onnx-message';
import type { ExternalTensor } from './onnx-tensor';
import type { StudioErrorRecord } from '../../core/studio-error';

/**
 * Opens a file that lies beside a model, by its path from the model's folder; null where there is
 * none.
 */
export type OpenCompanion = (location: string) => Promise<ByteSource | null>;

/**
 * Reads the tensors that a model keeps in other files, each by its range.
 * @returns the bytes read, in the order of `tensors`
 * @throws StudioError `bad-model` for a place outside the model's folder, a file that is missing or
 * too short, or tensors that together ask for more than a file holds; what the sources throw
 */
export async function fillExternal(
  tensors: readonly ExternalTensor[],
  open: OpenCompanion,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const files = new Map<
    string,
    { source: ByteSource; parts: Map<string, Uint8Array>; read: number }
  >();
  const pieces: Uint8Array[] = [];
  for (const tensor of tensors) {
    const { name, location, offset, length } = tensor;
    const file = files.get(location) ?? {
      source: await companion(tensor, open),
      parts: new Map<string, Uint8Array>(),
      read: 0,
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
    const place = `${offset} ${length}`;
    let bytes = file.parts.get(place);
    if (!bytes) {
      // Tensors may share a place, and then share its bytes; overlapping otherwise, few bytes could
      // be made to fill all memory.
      file.read += length;
      if (file.read > size)
        throw badModel(
          `Its tensors ask for more than the ${size} bytes of ${location}: they overlap.`,
        );
      bytes = await file.source.read(offset, length, signal);
      file.parts.set(place, bytes);
    }
    tensor.put(bytes);
    pieces.push(bytes);
  }
  return pieces;
}

/** What is to be done about a file that a model keeps its tensors in. */
export const pickStep = (location: string): string =>
  `Pick ${location} as well, or put it there beside the model.`;

/**
 * The file that an error of {@link fillExternal} asks for, as the model names it; null for other
 * errors.
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
  // A backslash, a colon or an empty step would be a way out on one system or another.
  if (/[\\:\0]/.test(location) || steps.some((step) => step === '' || step === '..')) {
    throw badModel(
      `Its tensor "${name}" lies in "${location}", which is no path inside the model's folder.`,
    );
  }
  const source = await open(location);
  if (source) return source;
  throw badModel(
    `It keeps its tensor "${name}" and perhaps others in ${location}, which is missing.`,
    pickStep(location),
  );
}
