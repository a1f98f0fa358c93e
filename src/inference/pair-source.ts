import { readPairBin, type PairBin } from '../formats/pairs/insightface-bin';
import { StudioError } from '../core/studio-error';

/** Name and sizes of a verification set. */
export interface PairSourceInfo {
  readonly name: string;
  readonly pairs: number;
  /** Pairs of the same person; all others are impostor pairs. */
  readonly genuine: number;
  /** Pictures; one that is in several pairs counts several times. */
  readonly pictures: number;
}

/** Two encoded pictures, and whether they show the same person. */
export interface FacePair {
  /** Index in the set, from 0. */
  readonly index: number;
  readonly same: boolean;
  readonly a: Uint8Array;
  readonly b: Uint8Array;
}

/**
 * One of InsightFace's `.bin` sets (LFW, CFP-FP, AgeDB-30 and others), held in memory: its pictures
 * are views of the file.
 */
export class BinPairSource {
  private constructor(
    readonly name: string,
    readonly bin: PairBin,
  ) {}

  /**
   * @param name for messages
   * @param bytes the whole file
   * @throws StudioError `bad-source` for anything else, and for a set without pairs
   */
  static open(name: string, bytes: Uint8Array): BinPairSource {
    const bin = readPairBin(bytes, name);
    if (bin.same.length === 0)
      throw new StudioError(
        'bad-source',
        `${name} holds no pairs.`,
        'Choose a verification set such as lfw.bin or agedb_30.bin.',
      );
    return new BinPairSource(name, bin);
  }

  info(): PairSourceInfo {
    const { same, images } = this.bin;
    return {
      name: this.name,
      pairs: same.length,
      genuine: same.filter(Boolean).length,
      pictures: images.length,
    };
  }

  async *pairs(signal?: AbortSignal): AsyncGenerator<FacePair> {
    const { same, images } = this.bin;
    for (const [index, isSame] of same.entries()) {
      signal?.throwIfAborted();
      yield { index, same: isSame, a: images[2 * index]!, b: images[2 * index + 1]! };
    }
  }
}
