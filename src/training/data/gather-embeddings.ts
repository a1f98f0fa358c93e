import type { CropDecoder } from '../../faces/decode/crop-decoder';
import { decodedFaces } from '../../faces/decode/decoded-stream';
import type { FaceSource } from '../../faces/face-source';
import type { SkippedItem } from '../../faces/survey/left-out';
import { LeftOutTracker } from '../../faces/survey/nothing-used';
import { readAhead } from '../../faces/sources/read-ahead';
import type { Backbone } from '../../models/backbones/backbone';
import { Embedder } from '../../models/backbones/embedder';
import { EmbeddingStore } from './embedding-store';
import { groupsOf } from '../../core/groups-of';

/** What is embedded, and callbacks. */
export interface GatherOptions {
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly backbone: Backbone;
  readonly seed: number;
  /** Crops that are decoded concurrently. */
  readonly concurrency: number;
  /** Maximum number of pictures; by default as many as fit. */
  readonly maxPictures?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (pictures: number) => void;
  readonly onSkip?: (item: SkippedItem) => void;
  readonly onRetry?: (shard: string, attempt: number, reason: string) => void;
}

/** Embeddings of a source's unaugmented pictures, in its own order. */
export interface GatheredEmbeddings {
  readonly embeddings: EmbeddingStore;
  /** false if the source has more pictures than were taken. */
  readonly complete: boolean;
}

/**
 * Embeds a source's pictures once, so that class centres can be compared.
 * @throws NothingUsedError if every picture is left out; StudioError from the source or the
 * backbone; `signal`'s reason
 */
export async function gatherEmbeddings(options: GatherOptions): Promise<GatheredEmbeddings> {
  const { backbone, seed, concurrency, signal, onProgress, onSkip, onRetry } = options;
  const embeddings = new EmbeddingStore(backbone.embeddingDim);
  const most = Math.min(embeddings.most, options.maxPictures ?? Infinity);
  const watch = new LeftOutTracker(onSkip);
  const embedder = new Embedder(backbone);
  const faces = decodedFaces(options.source, options.decoder, {
    open: { seed, epoch: 0, shuffleBuffer: 0, signal, onSkip: watch.add, onRetry },
    concurrency,
    augmentation: 0,
    copies: 1,
    flip: false,
  });
  for await (const group of readAhead(groupsOf(faces, embedder.batchSize), 1)) {
    signal?.throwIfAborted();
    const rows = await embedder.embed(group);
    for (const [row, { label }] of group.entries()) {
      if (embeddings.labels.length === most) return { embeddings, complete: false };
      embeddings.add(label, rows[row]!.unit);
    }
    onProgress?.(embeddings.labels.length);
  }
  const { name } = await options.source.info();
  watch.requireSome(name, embeddings.labels.length);
  return { embeddings, complete: true };
}
