import type { FaceRecord } from '../face-record';
import { type SkippedItem, LeftOutTally, undecodedKind, type LeftOut } from './left-out';
import { LabelCounts } from './label-counts';
import type { LabelFacts } from './label-fit';
import { PictureDuplicates, type DuplicateExample } from './picture-duplicates';
import { pictureFormatOf, type FormatCounts } from '../decode/formats/picture-formats';
import { pictureHeader } from '../decode/formats/picture-header';
import { messageOf } from '../../core/studio-error';

/** Identities that have `from` to `to` pictures, both inclusive. */
export interface PicturesBin {
  readonly from: number;
  readonly to: number;
  readonly identities: number;
}

/** Number of pictures per identity. */
export interface PerIdentity {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly mean: number;
  /**
   * Bins of 1, 2–3, 4–7, 8–15 … up to the one that contains `max`; they double because of the long
   * tail.
   */
  readonly histogram: readonly PicturesBin[];
}

/** Statistics of all records of a source. */
export interface SurveyResult {
  /** Number of records, including those whose picture can't be read. */
  readonly images: number;
  /** Size of the stored pictures. */
  readonly bytes: number;
  /** Number of `images` whose header can be read; they aren't decoded. */
  readonly used: number;
  readonly identities: number;
  /** Absent without records. */
  readonly labels?: LabelFacts;
  /** Absent without records. */
  readonly perIdentity?: PerIdentity;
  readonly duplicates: {
    /** Number of pictures that equal an earlier one byte for byte. */
    readonly pictures: number;
    /**
     * Up to 20, chosen from all duplicates in sets of up to 131,072 different pictures, and from a
     * sample in larger ones.
     */
    readonly examples: readonly DuplicateExample[];
  };
  /** Items that the source skipped, and pictures whose header can't be read. */
  readonly unreadable: number;
  /** Number of `unreadable` items that the source skipped; they aren't among `images`. */
  readonly skipped: number;
  /** The first 20 of `unreadable`, with reasons. */
  readonly reasons: readonly SkippedItem[];
  /**
   * Everything left out, by kind: `unreadable`, and what was left out when the source was opened.
   */
  readonly leftOut: readonly LeftOut[];
  readonly formats: FormatCounts;
  /** The eight most common sizes as "WIDTHxHEIGHT", most common first. */
  readonly sizes: readonly { readonly size: string; readonly pictures: number }[];
  /** Number of pictures of all other sizes. */
  readonly otherSizes: number;
}

const MAX_REASONS = 20;
const MAX_SIZES_SHOWN = 8;
/** Sizes that are counted individually; with more, no size stands out. */
const MAX_SIZES = 4096;

/**
 * Accumulates statistics of a source record by record. Memory: 8 bytes per record and 24 per
 * identity in typed arrays, and a bounded number of keys and reasons; {@link result} temporarily
 * takes another 8 bytes per record.
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

  /** @param before what was left out when the source was opened */
  constructor(before: readonly LeftOut[] = []) {
    this.#leftOut.addAll(before);
  }

  /** Adds a record. Reads the picture's header and hashes its bytes, without decoding it. */
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

  /** Adds an item that the source skipped. */
  skip(item: SkippedItem): void {
    this.#skipped += item.count ?? 1;
    this.#explain(item);
  }

  /** Statistics of the records so far. Sorts them: about a second for six million records. */
  result(): SurveyResult {
    const sizes = [...this.#sizes]
      .sort((a, b) => b[1] - a[1])
      .slice(0, MAX_SIZES_SHOWN)
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
  let at = 0;
  for (let from = 1; from <= max; from *= 2) {
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
