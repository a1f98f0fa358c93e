import type { FaceRecord } from '../face-record';
import type { FaceSource } from '../face-source';
import { type SkippedItem, LeftOutTally, type LeftOut } from './left-out';
import { SourceSurvey, type SurveyResult } from './source-survey';

/** How much of a set is used, as far as it was read. */
export interface UsedCount {
  /** Number of pictures whose header can be read; for a verification set, of pairs of these. */
  readonly used: number;
  /** Files and records that aren't used, by kind. */
  readonly leftOut: readonly LeftOut[];
  /** Whether all was read; otherwise `used` and `met` cover only the first records. */
  readonly complete: boolean;
  /** Number of records, read or left out. */
  readonly records: number;
  /** The part of `leftOut` found while reading; the rest was known when the source was opened. */
  readonly met: readonly LeftOut[];
}

/** Limits of a survey; absent ones don't apply. */
export interface Reach {
  /** Number of records, read or left out. */
  readonly records?: number;
  /** Number of records that could be read. */
  readonly read?: number;
  /** Size of the pictures that were read. */
  readonly bytes?: number;
}

/** Options of {@link surveySource}. */
export interface SurveyOptions {
  readonly reach?: Reach;
  /** Called for each record. */
  readonly onRecord?: (record: FaceRecord) => void;
  /** Called with the number of records read so far, now and then and at the end. */
  readonly onProgress?: (done: number) => void;
}

/** Records between two progress reports. */
const PROGRESS_STEP = 256;

/**
 * Reads a source once in its own order, up to the limits.
 * @throws whatever the source throws
 */
export async function surveySource(
  source: FaceSource,
  { reach = {}, onRecord, onProgress }: SurveyOptions = {},
): Promise<{ survey: SurveyResult; count: UsedCount }> {
  const limits = { records: Infinity, read: Infinity, bytes: Infinity, ...reach };
  const { leftOut = [] } = await source.info();
  const survey = new SourceSurvey();
  let read = 0;
  let skipped = 0;
  let bytes = 0;
  const isAtLimit = () =>
    read + skipped >= limits.records || read >= limits.read || bytes >= limits.bytes;
  const stop = new AbortController();
  const onSkip = (item: SkippedItem) => {
    // Stops only at the next record, which shows that there are more than the limit.
    if (isAtLimit()) stop.abort();
    if (stop.signal.aborted) return;
    skipped += item.count ?? 1;
    survey.skip(item);
  };
  try {
    const options = { seed: 0, epoch: 0, shuffleBuffer: 0, signal: stop.signal, onSkip };
    for await (const record of source.open(options)) {
      if (isAtLimit()) stop.abort();
      if (stop.signal.aborted) break;
      survey.add(record);
      onRecord?.(record);
      bytes += record.encoded.length;
      read++;
      if (read % PROGRESS_STEP === 0) onProgress?.(read);
    }
  } catch (thrown) {
    if (!stop.signal.aborted) throw thrown;
  }
  const complete = !stop.signal.aborted;
  onProgress?.(read);
  const result = survey.result();
  const all = new LeftOutTally();
  for (const groups of [leftOut, result.leftOut]) all.addAll(groups);
  const records = read + skipped;
  return {
    survey: { ...result, leftOut: all.groups() },
    count: { used: result.used, leftOut: all.groups(), complete, records, met: result.leftOut },
  };
}
