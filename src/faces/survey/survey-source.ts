import type { FaceRecord } from '../face-record';
import type { FaceSource } from '../face-source';
import { type SkippedItem, LeftOutTally, type LeftOut } from './left-out';
import { SourceSurvey, type SurveyResult } from './source-survey';

/** What of a set is used, as far as it was read. */
export interface UsedCount {
  /** Pictures whose header can be read; of a verification set, pairs of two such. */
  readonly used: number;
  /** Files and records that aren't, by kind. */
  readonly leftOut: readonly LeftOut[];
  /** Whether all was read; `used` and `met` cover the first records alone otherwise. */
  readonly complete: boolean;
  /** Read or left out. */
  readonly records: number;
  /** Of `leftOut`, what the records turned out to be; the rest was known when it was opened. */
  readonly met: readonly LeftOut[];
}

/** How far a source is read at most; without limits where left out. */
export interface Reach {
  /** Records, read or left out. */
  readonly records?: number;
  /** Records that could be read. */
  readonly read?: number;
  /** Of the pictures that were read. */
  readonly bytes?: number;
}

/** How a source is surveyed. */
export interface SurveyOptions {
  readonly reach?: Reach;
  /** Told of each record. */
  readonly onRecord?: (record: FaceRecord) => void;
  /** Told of the records read so far, now and then and at the end. */
  readonly onProgress?: (done: number) => void;
}

/** Records between two words on progress. */
const PROGRESS_STEP = 256;

/**
 * Reads a source once, in its own order, as far as it may.
 * @throws whatever the source throws
 */
export async function surveySource(
  source: FaceSource,
  { reach = {}, onRecord, onProgress }: SurveyOptions = {},
): Promise<{ survey: SurveyResult; count: UsedCount }> {
  const most = { records: Infinity, read: Infinity, bytes: Infinity, ...reach };
  const { leftOut = [] } = await source.info();
  const survey = new SourceSurvey();
  let [read, skipped, bytes] = [0, 0, 0];
  const isFar = () => read + skipped >= most.records || read >= most.read || bytes >= most.bytes;
  const enough = new AbortController();
  const onSkip = (item: SkippedItem) => {
    // Only one record more shows that there are more than it may read.
    if (isFar()) enough.abort();
    if (enough.signal.aborted) return;
    skipped += item.count ?? 1;
    survey.skip(item);
  };
  try {
    const options = { seed: 0, epoch: 0, shuffleBuffer: 0, signal: enough.signal, onSkip };
    for await (const record of source.open(options)) {
      if (isFar()) enough.abort();
      if (enough.signal.aborted) break;
      survey.add(record);
      onRecord?.(record);
      bytes += record.encoded.length;
      if (++read % PROGRESS_STEP === 0) onProgress?.(read);
    }
  } catch (thrown) {
    if (!enough.signal.aborted) throw thrown;
  }
  const complete = !enough.signal.aborted;
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
