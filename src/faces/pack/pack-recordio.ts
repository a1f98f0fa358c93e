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
 * Labels, and the numbers of record 0, are float32, which from here on doesn't tell whole numbers
 * apart.
 */
const EXACT = 2 ** 24;
/**
 * What InsightFace's packer writes behind the label of a picture that is an aligned crop, which all
 * are here.
 */
const ALIGNED = 1;

/**
 * How records are laid out.
 * - `insightface`: as its `face2rec2.py` has it. Keys 1 to N, flag 2, labels [class, aligned]; then
 *   record 0 of [N+1, N+1+C], and a record for each person, [first, last + 1) of their pictures.
 * - `im2rec`: as MXNet's `im2rec.py` has it. Keys from 0, flag 0, the label in the header, nothing
 *   else.
 *
 * InsightFace's says of each person where their pictures lie, and can do that only where those are
 * neighbours, and where N+1+C is exact. Its readers go by those records, so that a set without
 * them, or with people twice, would be wrong in silence. Every reader takes im2rec's: shuffled sets
 * have that.
 */
export type RecordIoLayout = 'insightface' | 'im2rec';

/**
 * What ends a pack in InsightFace's layout: its records don't allow that. It is to be begun again
 * in the other one.
 */
export class UngroupedError extends Error {}

/**
 * A set as `train.rec`, `train.idx` and `property` ("people,height,width"). Labels are the
 * source's, so that a set of fewer people may have labels beyond their number: for InsightFace's
 * trainers, which make as many classes, it is to be relabelled. Keys and degradations of the source
 * have no place in it.
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
    [this.#bytes, this.#size] = [state?.bytes ?? 0, state?.size ?? null];
  }

  prepare({ encoded }: FaceRecord, label: number): PackedRecord {
    const record = { key: String(this.#nextKey), renamed: false, label, picture: encoded };
    checkRecord(record, EXACT, 'RecordIO');
    this.#note(label);
    return record;
  }

  restore({ label }: Fingerprint): void {
    this.#note(label);
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

  #note(label: number): void {
    if (this.layout === 'insightface') {
      if (label !== this.#last) {
        if (this.#labels.has(label)) throw new UngroupedError();
        this.#firsts.push(this.#nextKey);
      }
      if (this.#nextKey + 1 + this.#firsts.length >= EXACT) throw new UngroupedError();
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
 * Height and width of a picture, by its header; null where that can't be read, which is no reason
 * not to pack it.
 */
function sizeOf(picture: Uint8Array): readonly [number, number] | null {
  const claimed = claimedSize(picture);
  return claimed && [claimed.height, claimed.width];
}
