import type { FaceRecord } from '../face-record';
import type { FaceSource, OpenOptions, SourceInfo } from '../face-source';
import { undecodedKind } from '../survey/left-out';
import { pictureHeader } from '../decode/formats/picture-header';
import { messageOf } from '../../core/studio-error';

/**
 * A source without the pictures whose header can't be read, which are reported as skipped. A set
 * packed from it contains exactly the pictures that a survey counts as used.
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
        pictureHeader(record.encoded);
      } catch (thrown) {
        const { shard, key: member, encoded } = record;
        const reason = messageOf(thrown);
        options.onSkip?.({ shard, member, kind: undecodedKind(encoded), reason });
        continue;
      }
      yield record;
    }
  }
}
