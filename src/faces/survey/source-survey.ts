import type { FaceRecord } from '../face-record';
import { type SkippedItem, LeftOutTally, undecodedKind, type LeftOut } from './left-out';
import { LabelCounts } from './label-counts';
import type { LabelFacts } from './label-fit';
import { PictureDuplicates, type DuplicateExample } from './picture-duplicates';
import { pictureFormatOf, type FormatCounts } from '../decode/formats/picture-formats';
import { pictureHeader } from '../decode/formats/picture-header';
import { messageOf } from '../../core/studio-error';

/** Identities that have between `from` and `to` pictures, both included. */
export interface PicturesBin {
  readonly from: number;
  readonly to: number;
  readonly identities: number;
}

/** How many pictures identities have. */
export interface PerIdentity {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly mean: number;
  /**
   * Bins of 1, 2–3, 4–7, 8–15 … up to the one that holds `max`: doubled, since the tail is long.
   */
  readonly histogram: readonly PicturesBin[];
}

/** What all records of a source are, taken together. */
export interface SurveyResult {
  /** Records, those whose picture can't be read included. */
  readonly images: number;
  /** Of the pictures, as they are stored. */
  readonly bytes: number;
  /** Of `images`, those whose header can be read: none of them is decoded. */
  readonly used: number;
  readonly identities: number;
  /** Absent where there were no records. */
  readonly labels?: LabelFacts;
  /** Absent where there were no records. */
  readonly perIdentity?: PerIdentity;
  readonly duplicates: {
    /** Pictures that are, byte for byte, an earlier one. */
    readonly pictures: number;
    /**
     * Up to 20; all of them in sets of up to 131,072 different pictures, a sample in larger ones.
     */
    readonly examples: readonly DuplicateExample[];
  };
  /** Items that the source passed over, and pictures whose header can't be read. */
  readonly unreadable: number;
  /** Of `unreadable`, those that the source passed over: they are no images. */
  readonly skipped: number;
  /** The first 20 of `unreadable`, and why. */
  readonly reasons: readonly SkippedItem[];
  /** All that isn't used, by kind: `unreadable`, and what opening the source left out. */
  readonly leftOut: readonly LeftOut[];
  readonly formats: FormatCounts;
  /** The eight commonest sizes as "WIDTHxHEIGHT", commonest first. */
  readonly sizes: readonly { readonly size: string; readonly pictures: number }[];
  /** Pictures of all other sizes. */
  readonly otherSizes: number;
}

const MAX_REASONS = 20;
const SIZES_SHOWN = 8;
/** Sizes that are counted one by one; a set of more has none that stands out. */
const MAX_SIZES = 4096;

/**
 * Adds up what a source holds, record by record. It keeps 8 bytes a record and 24 an identity, in
 * typed arrays, besides a bounded number of keys and reasons; {@link result} takes another 8 bytes
 * a record while it counts.
 */
export class SourceSurvey {
  readonly #labels = new LabelCounts();
  readonly #duplicates = new PictureDuplicates();
  readonly #formats: { -readonly [format in keyof FormatCounts]: FormatCounts[format] } = {};
  readonly #sizes = new Map<string, number>();
  readonly #reasons: SkippedItem[] = [];
  readonly #leftOut = new LeftOutTally();
  #images = 0;
  #bytes = 0;
  #skipped = 0;
  #noHeader = 0;

  /** @param before what opening the source left out */
  constructor(before: readonly LeftOut[] = []) {
    this.#leftOut.addAll(before);
  }

  /** Takes a record; only the picture's header is looked at, and all its bytes are hashed. */
  add({ key, label, encoded, shard }: FaceRecord): void {
    this.#images++;
    this.#bytes += encoded.length;
    this.#labels.add(label);
    this.#duplicates.add(key, shard, encoded);
    const format = pictureFormatOf(encoded) ?? 'other';
    this.#formats[format] = (this.#formats[format] ?? 0) + 1;
    try {
      const { width, height } = pictureHeader(encoded);
      this.#countSize(`${width}x${height}`);
    } catch (thrown) {
      this.#noHeader++;
      const reason = messageOf(thrown);
      this.#explain({ shard, member: key, kind: undecodedKind(encoded), reason });
    }
  }

  /** Takes what the source passed over. */
  skip(item: SkippedItem): void {
    this.#skipped += item.count ?? 1;
    this.#explain(item);
  }

  /** What was taken so far. Sorts all of it: about a second for six million records. */
  result(): SurveyResult {
    const sizes = [...this.#sizes]
      .sort((a, b) => b[1] - a[1])
      .slice(0, SIZES_SHOWN)
      .map(([size, pictures]) => ({ size, pictures }));
    const range = this.#labels.range();
    const identities = this.#labels.distinct;
    return {
      images: this.#images,
      bytes: this.#bytes,
      used: this.#images - this.#noHeader,
      identities,
      labels: range && {
        ...range,
        distinct: identities,
        dense: range.min === 0 && range.max === identities - 1,
      },
      perIdentity: perIdentity(this.#labels.sorted(), this.#images),
      duplicates: { pictures: this.#duplicates.count(), examples: this.#duplicates.examples },
      unreadable: this.#skipped + this.#noHeader,
      skipped: this.#skipped,
      reasons: [...this.#reasons],
      leftOut: this.#leftOut.groups(),
      formats: { ...this.#formats },
      sizes,
      otherSizes:
        this.#images - this.#noHeader - sizes.reduce((sum, { pictures }) => sum + pictures, 0),
    };
  }

  #countSize(size: string): void {
    const before = this.#sizes.get(size);
    if (before !== undefined || this.#sizes.size < MAX_SIZES)
      this.#sizes.set(size, (before ?? 0) + 1);
  }

  #explain(item: SkippedItem): void {
    this.#leftOut.add(item);
    if (this.#reasons.length < MAX_REASONS) this.#reasons.push(item);
  }
}

/** @param counts pictures of each identity, ascending */
function perIdentity(counts: Uint32Array, images: number): PerIdentity | undefined {
  const [min, max] = [counts[0], counts.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const middle = counts.length >> 1;
  const histogram: PicturesBin[] = [];
  for (let from = 1, at = 0; from <= max; from *= 2) {
    const to = 2 * from - 1;
    const first = at;
    while (at < counts.length && counts[at]! <= to) at++;
    histogram.push({ from, to, identities: at - first });
  }
  return {
    min,
    median: counts.length % 2 ? counts[middle]! : (counts[middle - 1]! + counts[middle]!) / 2,
    max,
    mean: images / counts.length,
    histogram,
  };
}
