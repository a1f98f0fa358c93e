import type { CropDecoder } from '../../../faces/decode/crop-decoder';
import { decodeCopy } from '../../../faces/decode/decoded-stream';
import { CROP_SIZE, type FaceRecord } from '../../../faces/face-record';
import type { FaceSource } from '../../../faces/face-source';
import { isValidationIdentity } from '../../../faces/identity-split';
import type { RunConfig } from '../../config/run-config';

/** A picture of a run, by where it is in its source: plain data. */
export interface SourcePicture {
  /** Its place among the source's records, from 1. */
  readonly place: number;
  /** Which copy of it; 0 is the unaugmented picture. */
  readonly copy: number;
}

/** A picture as the run's backbone saw it. */
export interface ReadPicture extends SourcePicture {
  readonly label: number;
  /** The record's key in its shard. */
  readonly key: string;
  /** 112 × 112 × 3 RGB bytes, degraded and mirrored as the copy is. */
  readonly crop: Uint8Array;
}

/** Bytes of encoded pictures that are held, at most. */
const BUDGET = 32 * 2 ** 20;

/** Reads single pictures of a run again, from its source, when somebody wants to see them. */
export class PictureReader {
  readonly #records = new Map<number, FaceRecord>();
  #bytes = 0;
  /** Sources are read by one pass at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    readonly source: FaceSource,
    readonly config: RunConfig,
  ) {}

  /**
   * The pictures in the order of `wanted`; null for one that the source doesn't give, or that can't
   * be decoded. The first request passes over the source up to the last of them, and holds the
   * pictures of held-out people that it comes by, so that the next ones are at hand.
   * @throws StudioError from the source
   */
  async read(
    wanted: readonly SourcePicture[],
    decoder: Pick<CropDecoder, 'decodeCrop'>,
    signal?: AbortSignal,
  ): Promise<(ReadPicture | null)[]> {
    const turn = this.#turn.then(() => this.#gather(wanted, signal));
    this.#turn = turn.catch(() => undefined);
    const records = await turn;
    return Promise.all(
      wanted.map(async (picture) => {
        const record = records.get(picture.place);
        return record ? this.#decoded(record, picture, decoder) : null;
      }),
    );
  }

  async #gather(
    wanted: readonly SourcePicture[],
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<number, FaceRecord>> {
    const found = new Map<number, FaceRecord>();
    const missing = new Set<number>();
    for (const { place } of wanted) {
      const record = this.#records.get(place);
      if (record) found.set(place, record);
      else missing.add(place);
    }
    if (missing.size === 0) return found;
    const { seed, validationFraction } = this.config;
    const skip = Math.min(...missing) - 1;
    const last = Math.max(...missing);
    let place = skip;
    // The order of the first pass, in which places were counted.
    const records = this.source.open({ seed, epoch: 0, shuffleBuffer: 0, skip, signal });
    for await (const record of records) {
      place = record.position ?? place + 1;
      const isWanted = missing.has(place);
      if (isWanted) found.set(place, record);
      if (isWanted || isValidationIdentity(record.label, seed, validationFraction))
        this.#hold(place, record);
      if (place >= last) break;
    }
    return found;
  }

  #hold(place: number, record: FaceRecord): void {
    const bytes = record.encoded.length;
    if (this.#records.has(place) || this.#bytes + bytes > BUDGET) return;
    // A copy: the record may be a view into the bytes of a whole shard.
    this.#records.set(place, { ...record, encoded: record.encoded.slice() });
    this.#bytes += bytes;
  }

  async #decoded(
    record: FaceRecord,
    { place, copy }: SourcePicture,
    decoder: Pick<CropDecoder, 'decodeCrop'>,
  ): Promise<ReadPicture | null> {
    const { seed, copies, flip, augmentation, features } = this.config;
    const isStream = features === 'stream';
    const face = await decodeCopy(record, copy, place, decoder, {
      open: { seed, epoch: 0, shuffleBuffer: 0 },
      augmentation,
      copies: isStream ? 1 : copies,
      flip: !isStream && flip,
    });
    if (!face) return null;
    const { label, key } = record;
    return { place, copy, label, key, crop: face.flip ? mirrored(face.crop) : face.crop };
  }
}

/** A crop with left and right exchanged. */
function mirrored(crop: Uint8Array): Uint8Array {
  const result = new Uint8Array(crop.length);
  for (let y = 0; y < CROP_SIZE; y++)
    for (let x = 0; x < CROP_SIZE; x++) {
      const from = 3 * (y * CROP_SIZE + x);
      result.set(crop.subarray(from, from + 3), 3 * (y * CROP_SIZE + CROP_SIZE - 1 - x));
    }
  return result;
}
