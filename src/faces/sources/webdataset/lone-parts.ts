import type { SkippedItem } from '../../survey/left-out';
import { NOT_READ, type LonePart } from './sample-run';

/** Members without a counterpart that are held until the end of their shard. */
const MAX_LONE_PARTS = 2 ** 20;

/** A skipped member: a {@link SkippedItem} without its shard. */
export type SkippedPart = Omit<SkippedItem, 'shard'>;

/** A picture whose label lies elsewhere in its archive. */
export interface ScatteredSample {
  readonly path: string;
  readonly key: string;
  /** Offset of the picture's member in the unpacked archive, in bytes. */
  readonly pictureAt: number;
  readonly label: string;
}

interface HeldPart {
  readonly part: LonePart;
  /** Several pictures, or several labels, have this path. */
  isAmbiguous: boolean;
}

/**
 * Collects a shard's pictures and labels that have no counterpart next to them, and matches them by
 * path. This handles tars whose members aren't in order (all `.jpg`, then all `.cls`).
 *
 * A label is matched only if it is unambiguous: the path must belong to exactly one picture and one
 * label, and most of the shard must be out of order. (In a shard that is otherwise in order, a
 * picture and a label of one key that lie far apart belong to two people.)
 */
export class LoneParts {
  readonly #pictures = new Map<string, HeldPart>();
  readonly #labels = new Map<string, HeldPart>();
  /** Paths of pictures in formats that aren't read. */
  readonly #unread = new Set<string>();
  /** Other members, such as .json or .txt. Reported if their key has neither picture nor label. */
  readonly #notes = new Map<string, LonePart>();

  /** Adds a part. Returns whether it is held; if not, the caller reports it as skipped. */
  add(part: LonePart): boolean {
    const pictures = part.pictures + part.otherPictures;
    const isPicture = part.pictures === 1 && pictures === 1;
    const isNote = pictures === 0 && part.label === undefined;
    const isUnread = part.pictures === 0 && pictures === 1;
    if (!isPicture && !isUnread && pictures > 0) return false;
    const held = [this.#pictures, this.#labels, this.#notes, this.#unread];
    if (held.reduce((sum, { size }) => sum + size, 0) >= MAX_LONE_PARTS) return false;
    if (isNote) {
      this.#notes.set(part.path, part);
      return true;
    }
    if (isUnread) {
      // Reported now by the caller; its label, which may lie elsewhere, is then not reported.
      this.#unread.add(part.path);
      return false;
    }
    const parts = isPicture ? this.#pictures : this.#labels;
    const before = parts.get(part.path);
    if (before) {
      before.isAmbiguous = true;
      return false;
    }
    parts.set(part.path, { part, isAmbiguous: false });
    return true;
  }

  /**
   * Pictures whose labels lie elsewhere. Empty unless they outnumber the samples that are in order.
   * @param inOrder number of samples whose members lie next to each other
   */
  matches(inOrder: number): ScatteredSample[] {
    const found: ScatteredSample[] = [];
    for (const [path, { part, isAmbiguous }] of this.#pictures) {
      const label = this.#labels.get(path);
      if (!label || label.isAmbiguous || isAmbiguous) continue;
      found.push({ path, key: part.key, pictureAt: part.pictureAt!, label: label.part.label! });
    }
    return found.length > inOrder ? found : [];
  }

  /**
   * Parts without a counterpart. Notes are left out if the members are out of order, because then
   * they belong to a sample elsewhere.
   * @param matched the result of {@link matches}
   */
  *unmatched(matched: readonly ScatteredSample[] = []): Generator<LonePart> {
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

/** Why a part without a counterpart is skipped. */
export function skippedOf({ key: member, pictures, otherPictures }: LonePart): SkippedPart {
  if (pictures > 0) {
    const count = pictures + otherPictures;
    return { member, kind: 'without-label', count, reason: 'it has no .cls' };
  }
  if (otherPictures > 0) {
    return { member, kind: 'format-not-read', count: otherPictures, reason: NOT_READ };
  }
  return { member, kind: 'without-picture', reason: 'it has no picture' };
}
