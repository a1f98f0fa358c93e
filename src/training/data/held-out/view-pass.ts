import type { DecodedFace } from '../../../faces/decode/decoded-stream';
import { isValidationIdentity } from '../../../faces/identity-split';
import { cropViews } from '../../../inference/crop-views';
import { policyViews, type ReadingPolicy } from '../../../inference/reading-policy';
import type { EmbedderInput } from '../../../models/backbones/embedder';
import { embeddedFaces, type EmbeddedFace, type EmbeddingOptions } from '../embedded-faces';
import { severityOf } from '../feature-pass';
import type { HeldOutCentres } from '../run-data';
import { directionOfViews, ViewStore } from './view-store';

/** What a pass over held-out pictures needs, and its callbacks. */
export interface ViewPassOptions extends EmbeddingOptions {
  readonly policy: ReadingPolicy;
  readonly centres: HeldOutCentres;
  /** Pictures to read at most, copies included. */
  readonly pictures: number;
  /** Pictures of each person to read at most, copies apart. */
  readonly perPerson: number;
  /** Bytes of features in one store, at most. */
  readonly budget: number;
  /** Called before each group of pictures. @throws what ends the pass */
  readonly gate: () => Promise<void>;
  readonly onProgress: (pictures: number) => void;
}

/**
 * Reads pictures of held-out people from the source again, under a policy: the same copies with the
 * same degradations as a run validates on, in the order of the first pass.
 * @returns stores of as many pictures as the budget takes
 * @throws StudioError from the source or the backbone; what `gate` throws
 */
export async function* viewPass(options: ViewPassOptions): AsyncGenerator<ViewStore> {
  const { config, policy, centres, head, backbone } = options;
  const views = policyViews[policy].length;
  const taken = new Map<number, number>();
  const newStore = () => new ViewStore(views, head.inputSize, backbone.embeddingDim);
  const isReused = config.features === 'reuse';
  const stream = {
    // A stream validates on unaugmented pictures alone.
    copies: isReused ? config.copies : 1,
    flip: isReused && config.flip,
    skip: 0,
    accept: (label: number) => {
      const before = taken.get(label) ?? 0;
      if (before >= options.perPerson || !centres.has(label)) return false;
      if (!isValidationIdentity(label, config.seed, config.validationFraction)) return false;
      taken.set(label, before + 1);
      return true;
    },
    cropsOf: (face: DecodedFace) => [
      ...viewsOf(face, policy),
      ...(isOwnNeeded(face, centres) ? [face] : []),
    ],
  };
  let store = newStore();
  let done = 0;
  let own: { readonly sourcePosition: number; readonly unit: Float32Array } | null = null;
  for await (const crops of picturesOf(embeddedFaces(options, stream), options)) {
    const { face } = crops[0]!;
    const { label, copy, recordsPassed: sourcePosition } = face;
    if (copy === 0) {
      const unit = crops[views]?.unit ?? centres.ownAt?.(sourcePosition, label);
      own = unit ? { sourcePosition, unit: unit.slice() } : null;
    }
    const seen = crops.slice(0, views);
    const cosTheta =
      own?.sourcePosition === sourcePosition
        ? centres.cosThetaTo(label, directionOfViews(seen), own.unit)
        : undefined;
    store.add(
      { label, severity: severityOf(face), copy, sourcePosition, cosTheta: cosTheta ?? NaN },
      seen,
    );
    options.onProgress(++done);
    if (done >= options.pictures) break;
    if ((store.pictures.length + 1) * store.bytesEach <= options.budget) continue;
    yield store;
    store = newStore();
  }
  if (store.pictures.length > 0) yield store;
}

/** The crops of one picture at a time. */
async function* picturesOf(
  groups: AsyncIterable<EmbeddedFace[]>,
  { gate }: ViewPassOptions,
): AsyncGenerator<EmbeddedFace[]> {
  let crops: EmbeddedFace[] = [];
  for await (const group of groups) {
    await gate();
    for (const crop of group) {
      if (crop.view === 0 && crops.length > 0) {
        yield crops;
        crops = [];
      }
      crops.push(crop);
    }
  }
  if (crops.length > 0) yield crops;
}

/** The views of a picture. A mirrored copy is mirrored back in a mirrored view. */
function viewsOf({ crop, flip }: DecodedFace, policy: ReadingPolicy): EmbedderInput[] {
  const views = policyViews[policy];
  return cropViews(crop, policy).map((view, at) => ({
    crop: view,
    flip: flip !== views[at]!.mirrored,
  }));
}

/** Whether the original picture's own part in its centre has to be embedded with its views. */
function isOwnNeeded(
  { copy, recordsPassed, label }: DecodedFace,
  { ownAt }: HeldOutCentres,
): boolean {
  return copy === 0 && ownAt?.(recordsPassed, label) === undefined;
}
