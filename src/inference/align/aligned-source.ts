import { undecodedKind, type SkippedItem } from '../../faces/survey/left-out';
import type { FaceRecord, RgbImage } from '../../faces/face-record';
import type { FaceSource, OpenOptions, SourceInfo } from '../../faces/face-source';
import { messageOf, StudioError } from '../../core/studio-error';
import type { AlignMode } from './alignment';
import { alignFace, isAligned } from './crop-photo';
import { findMainFace, type PhotoNetworks } from './find-faces';

/** What aligning takes, besides the pictures. */
export interface Aligner {
  /** `auto` leaves pictures of 112 × 112 as they are, byte for byte; `always` aligns them too. */
  readonly mode: Exclude<AlignMode, 'none'>;
  readonly networks: PhotoNetworks;
  /** Decodes a whole picture. @throws StudioError `bad-image` */
  readonly decode: (encoded: Uint8Array) => Promise<RgbImage>;
  /** Encodes a crop, given as 112 × 112 × 3 RGB bytes. */
  readonly encode: (crop: Uint8Array) => Promise<Uint8Array>;
}

/**
 * A source whose pictures are replaced by aligned crops of their main faces. Pictures without a
 * face are left out, and so are those that can't be decoded.
 *
 * Its positions count the records of the source within, so a pack that was interrupted goes on
 * without aligning again what it has written.
 */
export class AlignedSource implements FaceSource {
  constructor(
    readonly source: FaceSource,
    readonly aligner: Aligner,
  ) {}

  get isServed(): boolean | undefined {
    return this.source.isServed;
  }

  info(): Promise<SourceInfo> {
    return this.source.info();
  }

  /** That of the source within: the crops depend on nothing else. */
  fingerprint(signal?: AbortSignal): Promise<string> {
    return this.source.fingerprint(signal);
  }

  async *open({ skip = 0, onSkip, ...options }: OpenOptions): AsyncGenerator<FaceRecord> {
    let position = 0;
    const records = this.source.open({
      ...options,
      // What lies before the start was reported before, but a loss there shifts what is skipped.
      onSkip: (item) => {
        if (item.lost === true || position >= skip) onSkip?.(item);
      },
    });
    for await (const record of records) {
      position++;
      if (position <= skip) continue;
      options.signal?.throwIfAborted();
      const aligned = await this.#align(record);
      if ('kind' in aligned) onSkip?.(aligned);
      else yield { ...aligned, position };
    }
  }

  /** The record with its crop, or why it is left out. */
  async #align(record: FaceRecord): Promise<FaceRecord | SkippedItem> {
    const { mode, networks, decode, encode } = this.aligner;
    const { shard, key: member, encoded } = record;
    let image: RgbImage;
    try {
      image = await decode(encoded);
    } catch (thrown) {
      if (!(thrown instanceof StudioError && thrown.code === 'bad-image')) throw thrown;
      return { shard, member, kind: undecodedKind(encoded), reason: messageOf(thrown) };
    }
    if (mode === 'auto' && isAligned(image)) return record;
    const main = await findMainFace(image, networks);
    if (!main) {
      const reason = `no face was found in it (${image.width} × ${image.height})`;
      return { shard, member, kind: 'no-face', reason };
    }
    return { ...record, encoded: await encode(alignFace(image, main.face.points)) };
  }
}
