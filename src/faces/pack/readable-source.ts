import type { FaceRecord } from '../face-record';
import type { FaceSource, OpenOptions, SourceInfo } from '../face-source';
import { undecodedKind } from '../survey/left-out';
import { pictureHeader } from '../decode/formats/picture-header';

/**
 * A source without the pictures whose header can't be read: they are told as left out. A set that
 * is packed of it holds what a count calls used.
 */
export class ReadableSource implements FaceSource {
  constructor(readonly source: FaceSource) {}

  get isServed(): boolean | undefined {
    return this.source.isServed;
  }

  info(): Promise<SourceInfo> {
    return this.source.info();
  }

  fingerprint(signal?: AbortSignal): Promise<string> {
    return this.source.fingerprint(signal);
  }

  async *open(options: OpenOptions): AsyncGenerator<FaceRecord> {
    for await (const record of this.source.open(options)) {
      try {
        pictureHeader(record.jpeg);
      } catch (thrown) {
        const { shard, key: member, jpeg } = record;
        const reason = thrown instanceof Error ? thrown.message : String(thrown);
        options.onSkip?.({ shard, member, kind: undecodedKind(jpeg), reason });
        continue;
      }
      yield record;
    }
  }
}
