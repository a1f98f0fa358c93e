import { groupsOf } from '../../core/groups-of';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import { decodedFaces, type DecodedFace } from '../../faces/decode/decoded-stream';
import type { FaceSource } from '../../faces/face-source';
import { readAhead } from '../../faces/sources/read-ahead';
import type { SkippedItem } from '../../faces/survey/left-out';
import type { Backbone } from '../../models/backbones/backbone';
import { Embedder, type CropFeatures, type EmbedderInput } from '../../models/backbones/embedder';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import type { RunConfig } from '../config/run-config';

/** What embedding a run's pictures needs. */
export interface EmbeddingOptions {
  readonly config: RunConfig;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly backbone: Backbone;
  readonly head: ConfidenceHead;
  /** Crops in one pass of the backbone. */
  readonly backboneBatch: number;
  readonly signal: AbortSignal;
  readonly onSkip: (item: SkippedItem) => void;
  readonly onRetry: (shard: string, attempt: number, reason: string) => void;
}

/** How a pass reads its source. */
export interface PassStream {
  readonly copies: number;
  readonly flip: boolean;
  /** Records to pass over. */
  readonly skip: number;
  /** Records with other labels are passed over. */
  readonly accept: (label: number) => boolean;
  /** The crops that are embedded of a picture; by default its own. */
  readonly cropsOf?: (face: DecodedFace) => readonly EmbedderInput[];
}

/** A crop of a picture, embedded. */
export interface EmbeddedFace extends CropFeatures {
  readonly face: DecodedFace;
  /** Index of the crop in what {@link PassStream.cropsOf} gave. */
  readonly view: number;
}

interface FaceCrop extends EmbedderInput {
  readonly face: DecodedFace;
  readonly view: number;
}

/**
 * Embeds a source's pictures in the order of (seed, epoch 0), unshuffled, group by group. While one
 * group is read back, the next is decoded and uploaded.
 */
export async function* embeddedFaces(
  options: EmbeddingOptions,
  stream: PassStream,
): AsyncGenerator<EmbeddedFace[]> {
  const { config, source, decoder, backbone, head, backboneBatch, signal } = options;
  const { onSkip, onRetry } = options;
  const faces = decodedFaces(source, decoder, {
    open: {
      seed: config.seed,
      epoch: 0,
      skip: stream.skip,
      shuffleBuffer: 0,
      signal,
      onRetry,
      onSkip,
    },
    concurrency: 4 * config.numWorkers,
    augmentation: config.augmentation,
    copies: stream.copies,
    flip: stream.flip,
    accept: stream.accept,
  });
  const embedder = new Embedder(backbone, backboneBatch);
  const embedGroup = async (group: readonly FaceCrop[]) => {
    const rows = await embedder.embedFor(head, group);
    return group.map(({ face, view }, row) => ({ face, view, ...rows[row]! }));
  };
  let inFlight: Promise<EmbeddedFace[]> | null = null;
  const crops = cropsOfFaces(faces, stream.cropsOf ?? ((face) => [face]));
  for await (const group of readAhead(groupsOf(crops, backboneBatch), 1)) {
    const next = embedGroup(group);
    // A failure is thrown when this group is awaited; until then it must not count as unhandled.
    next.catch(() => undefined);
    if (inFlight) yield await inFlight;
    inFlight = next;
  }
  if (inFlight) yield await inFlight;
}

async function* cropsOfFaces(
  faces: AsyncIterable<DecodedFace>,
  cropsOf: (face: DecodedFace) => readonly EmbedderInput[],
): AsyncGenerator<FaceCrop> {
  for await (const face of faces)
    for (const [view, { crop, flip }] of cropsOf(face).entries()) yield { face, view, crop, flip };
}
