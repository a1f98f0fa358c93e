import { encodeRecord, imagePayload } from '../../formats/recordio/recordio-writer';
import { CROP_SIZE, type FaceRecord } from '../face-record';
import { claimedSize } from '../decode/formats/picture-header';
import type { Fingerprint, PackedRecord } from './pack-fingerprint';
import { emptySet } from './pack-plan';
import {
  checkRecord,
  pathIn,
  type PackedSet,
  type RecordIoState,
  type SetWriter,
} from './pack-set';
import type { PackSink } from './pack-sink';

/**
 * Labels and the numbers of record 0 are float32, which can't represent every whole number from
 * here on.
 */
const FLOAT32_EXACT_LIMIT = 2 ** 24;
/**
 * InsightFace's packer writes this after the label of a picture that is an aligned crop, as all are
 * here.
 */
const ALIGNED = 1;

/**
 * Layout of records.
 * - `insightface`: that of `face2rec2.py`. Keys 1 to N, flag 2, labels [class, aligned]; then
 *   record 0 with [N+1, N+1+C], and a record for each person with the range [first, last + 1) of
 *   the pictures.
 * - `im2rec`: that of MXNet's `im2rec.py`. Keys from 0, flag 0, the label in the header, nothing
 *   else.
 *
 * InsightFace's layout requires that the pictures of each person are adjacent, and that N+1+C is
 * exact in float32. Its readers rely on the people's records: without them, or with a person twice,
 * a set would be read wrongly without an error. Every reader accepts im2rec's layout, which is used
 * for shuffled sets.
 */
export type RecordIoLayout = 'insightface' | 'im2rec';

/**
 * Thrown if the records don't allow InsightFace's layout. The pack is then restarted with the other
 * layout.
 */
export class UngroupedError extends Error {}

/**
 * Writes a set as `train.rec`, `train.idx` and `property` ("people,height,width"). Labels are the
 * source's, so a subset of people may have labels beyond their number; InsightFace's trainers
 * create one class per person, and need such a set relabelled. Keys and degradations of the source
 * can't be stored.
 */
export class RecordIoSetWriter implements SetWriter {
  readonly #labels = new Set<number>();
  /** Key of each person's first picture, in InsightFace's layout. */
  readonly #firsts: number[] = [];
  #last = -1;
  #number = 0;
  #bytes: number;
  #size: RecordIoState['size'];

  constructor(
    readonly folder: string,
    readonly layout: RecordIoLayout,
    readonly sink: PackSink,
    state?: RecordIoState,
  ) {
    this.#bytes = state?.bytes ?? 0;
    this.#size = state?.size ?? null;
  }

  prepare({ encoded }: FaceRecord, label: number): PackedRecord {
    const record = { key: String(this.#nextKey), renamed: false, label, picture: encoded };
    checkRecord(record, FLOAT32_EXACT_LIMIT, 'RecordIO');
    this.#countRecord(label);
    return record;
  }

  restore({ label }: Fingerprint): void {
    this.#countRecord(label);
  }

  async write({ key, label, picture }: PackedRecord): Promise<void> {
    if (this.#bytes === 0) this.#size = sizeOf(picture);
    await this.#append(
      Number(key),
      imagePayload(this.layout === 'insightface' ? [label, ALIGNED] : label, Number(key), picture),
    );
  }

  async state(): Promise<RecordIoState> {
    return { form: 'recordio', bytes: this.#bytes, size: this.#size };
  }

  async finish(): Promise<PackedSet> {
    if (this.#number === 0) throw emptySet(this.folder);
    if (this.layout === 'insightface') await this.#describePeople();
    await this.sink.finish(this.#path('train.rec'));
    await this.sink.finish(this.#path('train.idx'));
    const [height, width] = this.#size ?? [CROP_SIZE, CROP_SIZE];
    await this.sink.append(
      this.#path('property'),
      new TextEncoder().encode(`${this.#labels.size},${height},${width}\n`),
    );
    await this.sink.finish(this.#path('property'));
    return {
      folder: this.folder,
      images: this.#number,
      identities: this.#labels.size,
      shards: [{ name: 'train.rec', images: this.#number, bytes: this.#bytes }],
      renamed: 0,
    };
  }

  get #nextKey(): number {
    return this.layout === 'insightface' ? this.#number + 1 : this.#number;
  }

  /** @throws UngroupedError if the record doesn't fit InsightFace's layout */
  #countRecord(label: number): void {
    if (this.layout === 'insightface') {
      if (label !== this.#last) {
        if (this.#labels.has(label)) throw new UngroupedError();
        this.#firsts.push(this.#nextKey);
      }
      if (this.#nextKey + 1 + this.#firsts.length >= FLOAT32_EXACT_LIMIT)
        throw new UngroupedError();
    }
    this.#last = label;
    this.#labels.add(label);
    this.#number++;
  }

  async #describePeople(): Promise<void> {
    const end = this.#nextKey;
    const none = new Uint8Array();
    await this.#append(0, imagePayload([end, end + this.#firsts.length], 0, none));
    for (const [i, first] of this.#firsts.entries())
      await this.#append(end + i, imagePayload([first, this.#firsts[i + 1] ?? end], end + i, none));
  }

  async #append(key: number, payload: Uint8Array): Promise<void> {
    const record = encodeRecord(payload);
    await this.sink.append(this.#path('train.rec'), record);
    await this.sink.append(
      this.#path('train.idx'),
      new TextEncoder().encode(`${key}\t${this.#bytes}\n`),
    );
    this.#bytes += record.length;
  }

  #path(name: string): string {
    return pathIn(this.folder, name);
  }
}

/**
 * Height and width of a picture by its header; null if that can't be read. The picture is packed
 * anyway.
 */
function sizeOf(picture: Uint8Array): readonly [number, number] | null {
  const claimed = claimedSize(picture);
  return claimed && [claimed.height, claimed.width];
}
