import { decodedFaces } from '../../faces/decode/decoded-stream';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import type { FaceSource, OpenOptions, SourceInfo } from '../../faces/face-source';
import { readAhead } from '../../faces/sources/read-ahead';
import type { Backbone } from '../../models/backbones/backbone';
import { Embedder } from '../../models/backbones/embedder';
import { headInputSize } from '../../models/heads/create-head';
import type { HeadName, ConfidenceHead } from '../../models/heads/confidence-head';
import { groupsOf } from '../../core/groups-of';
import { recordBytes } from '../data/features/feature-record';
import type { RunConfig } from '../config/run-config';

/** How fast pictures went through source, decoder and backbone, as a run sends them. */
export interface Throughput {
  /** Pictures read, decoded and embedded. */
  readonly images: number;
  readonly seconds: number;
  /** Bytes of the records read, per record: tar headers and padding are not among them. */
  readonly bytesPerImage: number;
}

/** What a run will take, worked out before it. What isn't known is null, never guessed. */
export interface RunPlan {
  readonly shards: string;
  readonly throughput: Throughput;
  /** Records of the source, counted by it or worked out from its size; `estimated` says which. */
  readonly images: number | null;
  readonly estimated: boolean;
  /** Bytes that reading the source once takes. */
  readonly bytes: number | null;
  /**
   * Pictures that go through the backbone while every picture of the source is passed once, copies
   * included.
   */
  readonly embeddings: number | null;
  /** Times that the source is passed: once where features are kept. */
  readonly passes: number;
  readonly secondsPerPass: number | null;
  /** What keeping the features takes; null where the run keeps none. */
  readonly features: FeaturePlan | null;
}

/** What keeping features takes, and the room for it. */
export interface FeaturePlan {
  /** Bytes of one picture, or of one of its copies. */
  readonly bytesEach: number;
  /** null where nobody knows how many pictures there are. */
  readonly bytes: number | null;
  /** Bytes that the browser still keeps for the page; null where it doesn't say. */
  readonly freeBytes: number | null;
  /** Bytes in all with the compact head, where the run has a larger one. */
  readonly compactBytes: number | null;
}

/** What {@link measureThroughput} runs. */
export interface ThroughputOptions {
  readonly config: RunConfig;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly backbone: Backbone;
  readonly head: ConfidenceHead;
  readonly signal: AbortSignal;
  /** How long to measure, in seconds, the first batch not counted: shaders are made in it. */
  readonly seconds: number;
  readonly onProgress: (seconds: number) => void;
}

/**
 * Sends pictures through source, decoder and backbone for so many seconds, or to the source's end.
 * @throws StudioError whatever the source and the backbone throw; `signal`'s reason
 */
export async function measureThroughput({
  config,
  source,
  decoder,
  backbone,
  head,
  signal,
  seconds,
  onProgress,
}: ThroughputOptions): Promise<Throughput> {
  const streams = config.features === 'stream';
  let [records, bytes] = [0, 0];
  const counted: FaceSource = {
    info: () => source.info(),
    fingerprint: (signal) => source.fingerprint(signal),
    async *open(options: OpenOptions) {
      for await (const record of source.open(options)) {
        records++;
        bytes += record.encoded.length;
        yield record;
      }
    },
  };
  const faces = decodedFaces(counted, decoder, {
    open: { seed: config.seed, epoch: 0, shuffleBuffer: 0, signal },
    concurrency: 4 * config.numWorkers,
    augmentation: config.augmentation,
    copies: streams ? 1 : config.copies,
    augmentFirstCopy: streams,
    flip: config.flip,
  });
  let [images, startedAt, elapsed] = [0, 0, 0];
  const embedder = new Embedder(backbone);
  for await (const group of readAhead(groupsOf(faces, embedder.batchSize), 1)) {
    await embedder.embedFor(head, group);
    signal.throwIfAborted();
    const now = performance.now();
    if (startedAt === 0) {
      startedAt = now;
      continue;
    }
    images += group.length;
    elapsed = (now - startedAt) / 1000;
    onProgress(Math.min(seconds, elapsed));
    if (elapsed >= seconds) break;
  }
  return { images, seconds: elapsed, bytesPerImage: records > 0 ? bytes / records : 0 };
}

/**
 * What a run of `config` on a source will take at a measured speed.
 * @param freeBytes bytes that can still be kept, where anybody says
 */
export function planOf(
  config: RunConfig,
  info: SourceInfo,
  throughput: Throughput,
  { convShape, embeddingDim }: Pick<Backbone, 'convShape' | 'embeddingDim'>,
  freeBytes: number | null,
): RunPlan {
  const { images: measured, seconds, bytesPerImage } = throughput;
  const images =
    info.images ??
    (info.bytes !== undefined && bytesPerImage > 0 ? Math.round(info.bytes / bytesPerImage) : null);
  const embeddings =
    images === null ? null : images * (config.features === 'reuse' ? config.copies : 1);
  const bytesOf = (name: HeadName) =>
    recordBytes({ embeddingDim, inputSize: headInputSize(name, convShape) });
  const featurePlan = (): FeaturePlan => ({
    bytesEach: bytesOf(config.head),
    bytes: embeddings === null ? null : embeddings * bytesOf(config.head),
    freeBytes,
    compactBytes:
      embeddings === null || config.head === 'compact' ? null : embeddings * bytesOf('compact'),
  });
  return {
    shards: config.shards,
    throughput,
    images,
    estimated: info.images === undefined,
    bytes: info.bytes ?? (images === null ? null : Math.round(images * bytesPerImage)),
    embeddings,
    passes:
      config.features === 'reuse' ? 1 : config.epochs + (config.centres === 'first-pass' ? 1 : 0),
    secondsPerPass:
      embeddings === null || measured === 0 ? null : (embeddings * seconds) / measured,
    features: config.features === 'reuse' ? featurePlan() : null,
  };
}
