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

/** How fast pictures went through source, decoder and backbone. */
export interface Throughput {
  /** Pictures read, decoded and embedded. */
  readonly images: number;
  readonly seconds: number;
  /** Mean bytes of a record, without tar headers and padding. */
  readonly bytesPerImage: number;
}

/** What a run will take, estimated before it starts. What isn't known is null, never guessed. */
export interface RunPlan {
  readonly shards: string;
  readonly throughput: Throughput;
  /** Records of the source. */
  readonly images: number | null;
  /** `images` was computed from the source's size, not counted by it. */
  readonly estimated: boolean;
  /** Bytes that reading the source once takes. */
  readonly bytes: number | null;
  /** Pictures that the backbone embeds in one pass over the source, copies included. */
  readonly embeddings: number | null;
  /** Of `embeddings`, those whose features are kept already: they take no time. */
  readonly kept: number;
  /** Passes over the source: one if features are kept. */
  readonly passes: number;
  readonly secondsPerPass: number | null;
  /** What keeping the features takes; null if the run keeps none. */
  readonly features: FeaturePlan | null;
}

/** The space that keeping features takes, and the space that is free. */
export interface FeaturePlan {
  /** Bytes for one picture, or for one of its copies. */
  readonly bytesEach: number;
  /** null if the number of pictures isn't known. */
  readonly bytes: number | null;
  /** Bytes that can still be kept; null if the platform doesn't say. */
  readonly freeBytes: number | null;
  /** Total bytes with the compact head; null if the run has that head anyway. */
  readonly compactBytes: number | null;
}

/** What {@link measureThroughput} measures. */
export interface ThroughputOptions {
  readonly config: RunConfig;
  readonly source: FaceSource;
  readonly decoder: CropDecoder;
  readonly backbone: Backbone;
  readonly head: ConfidenceHead;
  readonly signal: AbortSignal;
  /** How long to measure, in seconds. The first batch doesn't count, since it compiles shaders. */
  readonly seconds: number;
  readonly onProgress: (seconds: number) => void;
}

/**
 * Sends pictures through source, decoder and backbone, as a run does, for `seconds` seconds or to
 * the end of the source.
 * @throws StudioError from the source or the backbone; `signal`'s reason
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
  const isStream = config.features === 'stream';
  let records = 0;
  let bytes = 0;
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
    copies: isStream ? 1 : config.copies,
    augmentFirstCopy: isStream,
    flip: config.flip,
  });
  let images = 0;
  let startedAt = 0;
  let elapsed = 0;
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
 * @param freeBytes bytes that can still be kept; null if the platform doesn't say
 * @param kept pictures and copies whose features are kept already
 */
export function planOf(
  config: RunConfig,
  info: SourceInfo,
  throughput: Throughput,
  { convShape, embeddingDim }: Pick<Backbone, 'convShape' | 'embeddingDim'>,
  freeBytes: number | null,
  kept = 0,
): RunPlan {
  const { images: measured, seconds, bytesPerImage } = throughput;
  const isReused = config.features === 'reuse';
  const images = info.images ?? imagesFromSize(info, bytesPerImage);
  const embeddings = images !== null && isReused ? images * config.copies : images;
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
    kept,
    passes: isReused ? 1 : streamPasses(config),
    secondsPerPass:
      embeddings === null || measured === 0
        ? null
        : (Math.max(0, embeddings - kept) * seconds) / measured,
    features: isReused ? featurePlan() : null,
  };
}

function imagesFromSize({ bytes }: SourceInfo, bytesPerImage: number): number | null {
  return bytes !== undefined && bytesPerImage > 0 ? Math.round(bytes / bytesPerImage) : null;
}

/** A pass for each epoch, and a first one if class centres are means. */
const streamPasses = ({ epochs, centres }: RunConfig): number =>
  centres === 'first-pass' ? epochs + 1 : epochs;
