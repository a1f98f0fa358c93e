import * as tf from '@tensorflow/tfjs-core';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import { decodedFaces, type DecodedFace } from '../../faces/decode/decoded-stream';
import type { FaceSource } from '../../faces/face-source';
import type { SkippedItem } from '../../faces/survey/left-out';
import { LeftOutWatch } from '../../faces/survey/nothing-used';
import { packBatch } from '../../faces/decode/packed-batch';
import { readAhead } from '../../faces/sources/read-ahead';
import { type Backbone, BACKBONE_BATCH } from '../../models/backbones/backbone';
import { normalised } from '../../core/vector';
import { EmbeddingStore } from './embedding-store';
import { groupsOf } from '../../core/groups-of';

/** What is embedded, and whom it tells. */
export interface GatherOptions {
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly backbone: Backbone;
  readonly seed: number;
  /** Crops being decoded at once. */
  readonly concurrency: number;
  /** Pictures at most; by default as many as fit. */
  readonly mostPictures?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (pictures: number) => void;
  readonly onSkip?: (item: SkippedItem) => void;
  readonly onRetry?: (shard: string, attempt: number, reason: string) => void;
}

/** Embeddings of a source's pictures as they are, in its own order. */
export interface GatheredEmbeddings {
  readonly embeddings: EmbeddingStore;
  /** false where the source had more pictures than were taken. */
  readonly complete: boolean;
}

/**
 * Embeds a source's pictures once, to compare class centres by them.
 * @throws NothingUsedError where all of it is left out; StudioError from the source or the
 * backbone; `signal`'s reason
 */
export async function gatherEmbeddings(options: GatherOptions): Promise<GatheredEmbeddings> {
  const { backbone, seed, concurrency, signal, onProgress, onSkip, onRetry } = options;
  const embeddings = new EmbeddingStore(backbone.embeddingDim);
  const most = Math.min(embeddings.most, options.mostPictures ?? Infinity);
  const watch = new LeftOutWatch(onSkip);
  const faces = decodedFaces(options.source, options.decoder, {
    open: { seed, epoch: 0, shuffleBuffer: 0, signal, onSkip: watch.take, onRetry },
    concurrency,
    augmentation: 0,
    copies: 1,
    flip: false,
  });
  for await (const group of readAhead(groupsOf(faces, BACKBONE_BATCH), 1)) {
    signal?.throwIfAborted();
    const values = await embedPictures(group, backbone);
    for (const [row, face] of group.entries()) {
      if (embeddings.labels.length === most) return { embeddings, complete: false };
      embeddings.add(
        face.label,
        normalised(values.subarray(row * backbone.embeddingDim, (row + 1) * backbone.embeddingDim))
          .unit,
      );
    }
    onProgress?.(embeddings.labels.length);
  }
  const { name } = await options.source.info();
  watch.requireSome(name, embeddings.labels.length);
  return { embeddings, complete: true };
}

/** Raw embeddings [n, d] of up to {@link BACKBONE_BATCH} crops, padding rows behind them. */
async function embedPictures(
  faces: readonly DecodedFace[],
  backbone: Backbone,
): Promise<Float32Array> {
  const batch = packBatch(
    faces.map(({ crop }) => crop),
    BACKBONE_BATCH,
  );
  const embedding = tf.tidy(() => backbone.run(batch).embedding);
  const values = (await embedding.data()) as Float32Array;
  embedding.dispose();
  return values;
}
