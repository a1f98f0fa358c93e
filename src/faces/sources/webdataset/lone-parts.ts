import type { SkippedItem } from '../../survey/left-out';
import { NOT_READ, type LonePart } from './sample-run';

/** Members without a counterpart that are remembered until their shard's end. */
const MAX_REMEMBERED = 2 ** 20;

/** What is told of a part: all of a {@link SkippedItem} but the shard. */
export type ToldPart = Omit<SkippedItem, 'shard'>;

/** A picture whose label lies elsewhere in its archive. */
export interface PartedSample {
  readonly path: string;
  readonly key: string;
  /** Of its member, in the unpacked archive, in bytes. */
  readonly pictureAt: number;
  readonly label: string;
}

interface Remembered {
  readonly part: LonePart;
  /** More than one of its kind has this path. */
  isSeveral: boolean;
}

/**
 * A shard's pictures and labels that have no counterpart next to them. In a tar whose members
 * aren't in order (all `.jpg`, then all `.cls`) they find each other by their paths.
 *
 * A label is never given to a picture that may have another one: only paths that one picture and
 * one label have count, and only where most of the shard is so. (In a shard that is in order
 * otherwise, a picture and a label of one key far from each other are of two people.)
 */
export class LoneParts {
  readonly #pictures = new Map<string, Remembered>();
  readonly #labels = new Map<string, Remembered>();
  /** Where pictures lie of formats that aren't read. */
  readonly #unread = new Set<string>();
  /** Neither: a json, a text. They are told where nothing else of their key is. */
  readonly #notes = new Map<string, LonePart>();

  /** Takes a part. Returns whether it is remembered; what isn't is to be told at once. */
  add(part: LonePart): boolean {
    const pictures = part.pictures + part.otherPictures;
    const isPicture = part.pictures === 1 && pictures === 1;
    const isNote = pictures === 0 && part.label === undefined;
    const isUnread = part.pictures === 0 && pictures === 1;
    if (!isPicture && !isUnread && pictures > 0) return false;
    const held = [this.#pictures, this.#labels, this.#notes, this.#unread];
    if (held.reduce((sum, { size }) => sum + size, 0) >= MAX_REMEMBERED) return false;
    if (isNote) {
      this.#notes.set(part.path, part);
      return true;
    }
    if (isUnread) {
      // Told now; its label, which may lie elsewhere, isn't told then.
      this.#unread.add(part.path);
      return false;
    }
    const parts = isPicture ? this.#pictures : this.#labels;
    const before = parts.get(part.path);
    if (before) {
      before.isSeveral = true;
      return false;
    }
    parts.set(part.path, { part, isSeveral: false });
    return true;
  }

  /**
   * The pictures whose labels are to be had further away: none unless there are more of them than
   * of those with their label next to them.
   * @param whole samples that the shard has in order
   */
  matches(whole: number): PartedSample[] {
    const found: PartedSample[] = [];
    for (const [path, { part, isSeveral }] of this.#pictures) {
      const label = this.#labels.get(path);
      if (!label || label.isSeveral || isSeveral) continue;
      found.push({ path, key: part.key, pictureAt: part.pictureAt!, label: label.part.label! });
    }
    return found.length > whole ? found : [];
  }

  /**
   * What has no counterpart, other than those that do. Where members are out of order a note is of
   * a sample elsewhere.
   */
  *rest(matched: readonly PartedSample[] = []): Generator<LonePart> {
    const paths = new Set(matched.map(({ path }) => path));
    for (const parts of [this.#pictures, this.#labels]) {
      for (const { part } of parts.values()) {
        const isOfUnread = parts === this.#labels && this.#unread.has(part.path);
        if (!paths.has(part.path) && !isOfUnread) yield part;
      }
    }
    if (matched.length > 0) return;
    for (const [path, note] of this.#notes) {
      if (!this.#pictures.has(path) && !this.#labels.has(path)) yield note;
    }
  }
}

/** What is told of a part without a counterpart. */
export function toldOf({ key, pictures, otherPictures }: LonePart): ToldPart {
  const member = key;
  if (pictures > 0) {
    const count = pictures + otherPictures;
    return { member, kind: 'without-label', count, reason: 'it has no .cls' };
  }
  if (otherPictures > 0) {
    return { member, kind: 'format-not-read', count: otherPictures, reason: NOT_READ };
  }
  return { member, kind: 'without-picture', reason: 'it has no picture' };
}
