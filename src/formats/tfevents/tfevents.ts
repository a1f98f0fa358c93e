import { PbfWriter } from 'pbf';
import { maskedCrc32c } from '../bytes/crc32';

/** The data of a TensorBoard plug-in. */
export interface PluginSummary {
  readonly plugin: string;
  /** A protobuf message of the plug-in. */
  readonly content: Uint8Array;
}

/**
 * Values such as κ, counted in buckets: their right edges and counts, in ascending order. The first
 * bucket begins at `min`.
 */
export interface HistogramSummary {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumSquares: number;
  readonly bucketLimits: readonly number[];
  readonly bucketCounts: readonly number[];
}

/** One value of an event, under its tag. */
export type SummaryValue = { readonly tag: string } & (
  { readonly scalar: number } | { readonly histogram: HistogramSummary } | PluginSummary
);

/** The content of an event. */
export type EventContent =
  /** The first event of every file. */
  | { readonly type: 'file-version' }
  /**
   * A resumed run: TensorBoard drops the events of this step and later ones from earlier files of
   * the folder.
   */
  | { readonly type: 'restart' }
  | { readonly type: 'summary'; readonly values: readonly SummaryValue[] };

/** The version that TensorBoard's readers require. */
const FILE_VERSION = 'brain.Event:2';
/** SessionLog.SessionStatus.START */
const SESSION_START = 1;

/**
 * One event as a TFRecord: length, masked CRC of the length, an Event protobuf, masked CRC of that.
 * @param wallTime seconds since 1970
 * @param step from 0, whole
 */
export function encodeEvent(wallTime: number, step: number, content: EventContent): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeDoubleField(1, wallTime);
  if (step > 0) pbf.writeVarintField(2, step);
  if (content.type === 'file-version') pbf.writeStringField(3, FILE_VERSION);
  else if (content.type === 'restart')
    pbf.writeMessage(7, (status, log) => log.writeVarintField(1, status), SESSION_START);
  else if (content.type === 'summary') pbf.writeMessage(5, writeSummary, content.values);
  else content satisfies never;
  return record(pbf.finish());
}

function writeSummary(values: readonly SummaryValue[], pbf: PbfWriter): void {
  for (const value of values) pbf.writeMessage(1, writeValue, value);
}

function writeValue(value: SummaryValue, pbf: PbfWriter): void {
  pbf.writeStringField(1, value.tag);
  if ('scalar' in value) pbf.writeFloatField(2, value.scalar);
  else if ('histogram' in value) pbf.writeMessage(5, writeHistogram, value.histogram);
  else {
    pbf.writeMessage(
      9,
      (summary: PluginSummary, metadata) => {
        metadata.writeMessage(1, writePlugin, summary);
      },
      value,
    );
  }
}

function writePlugin({ plugin, content }: PluginSummary, pbf: PbfWriter): void {
  pbf.writeStringField(1, plugin);
  pbf.writeBytesField(2, content);
}

function writeHistogram(
  { min, max, count, sum, sumSquares, bucketLimits, bucketCounts }: HistogramSummary,
  pbf: PbfWriter,
): void {
  [min, max, count, sum, sumSquares].forEach((figure, i) => pbf.writeDoubleField(i + 1, figure));
  pbf.writePackedDouble(6, [...bucketLimits]);
  pbf.writePackedDouble(7, [...bucketCounts]);
}

function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + data.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return bytes;
}

/** TensorBoard's own default. */
const BUCKETS = 30;

/**
 * Counts values in thirty buckets of equal width from the least to the greatest; in one bucket if
 * all are equal. Ignores values that aren't finite.
 * @returns null if no value is finite
 */
export function histogramOf(values: Iterable<number>): HistogramSummary | null {
  const finite = [...values].filter(Number.isFinite);
  if (finite.length === 0) return null;
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let sumSquares = 0;
  for (const value of finite) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumSquares += value * value;
  }
  const buckets = max > min ? BUCKETS : 1;
  const bucketCounts = new Array<number>(buckets).fill(0);
  for (const value of finite) {
    const bucket = Math.floor((buckets * (value - min)) / (max - min || 1));
    bucketCounts[Math.min(buckets - 1, bucket)]!++;
  }
  // The last edge is exactly the greatest value, not a rounded sum.
  const bucketLimits = bucketCounts.map((_, i) =>
    i === buckets - 1 ? max : min + ((i + 1) * (max - min)) / buckets,
  );
  return { min, max, count: finite.length, sum, sumSquares, bucketLimits, bucketCounts };
}
