import { seededRandom, type SeededRandom } from '../core/seeded-random';
import type { CropAugmentation } from '../faces/decode/crop-decoder';
import { sampleDegradation } from '../faces/degradation';

/** A picture to read, and its variants: unchanged (null) or degraded. */
export interface PictureTask {
  /** Its name: a path, or its index in the set. */
  readonly picture: string;
  readonly variants: readonly (CropAugmentation | null)[];
}

/** One variant of one picture of a plan: indexes into `tasks` and its `variants`. */
export interface PlannedFace {
  readonly picture: number;
  readonly variant: number;
}

/** A pair of an evaluation: two faces, or two templates of several faces. */
export interface PlannedPair {
  readonly a: readonly PlannedFace[];
  readonly b: readonly PlannedFace[];
  /** Names of the people of both sides; absent if the set names nobody. */
  readonly people?: readonly [string, string];
  readonly same: boolean;
  /** From 0. */
  readonly fold: number;
}

/**
 * How many pictures are degraded: of a pair's two pictures, or of a template's pictures but the
 * first (`both` means all of those).
 */
export type DegradedShare = 'none' | 'one' | 'both';
export const degradedShares: readonly DegradedShare[] = ['none', 'one', 'both'];

/** A pair by the names of its pictures. */
export interface NamedPair {
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  readonly fold: number;
}

/** A template by the names of its pictures. */
export interface NamedTemplate {
  readonly pictures: readonly string[];
}

/** Strength of the drawn degradations: 1 is the studio's full range, from mild to the worst. */
const STRENGTH = 1;

/**
 * Which pictures an evaluation reads, and in which variants. Several protocols share one plan, so
 * that each picture is decoded and aligned once for all of them.
 */
export class PicturePlan {
  readonly #tasks: { readonly picture: string; readonly variants: (CropAugmentation | null)[] }[] =
    [];
  readonly #indexes = new Map<string, number>();
  /** Variants that are degraded once for all uses of their picture, by seed and picture. */
  readonly #once = new Map<string, PlannedFace>();

  get tasks(): readonly PictureTask[] {
    return this.#tasks;
  }

  /** Number of faces to read: all variants of all pictures. */
  get faces(): number {
    return this.#tasks.reduce((sum, { variants }) => sum + variants.length, 0);
  }

  /** Adds a variant of a picture; the unchanged variant is added only once. */
  add(name: string, augmentation: CropAugmentation | null): PlannedFace {
    let picture = this.#indexes.get(name);
    if (picture === undefined) {
      picture = this.#tasks.length;
      this.#tasks.push({ picture: name, variants: [] });
      this.#indexes.set(name, picture);
    }
    const { variants } = this.#tasks[picture]!;
    const known = augmentation === null ? variants.indexOf(null) : -1;
    if (known >= 0) return { picture, variant: known };
    variants.push(augmentation);
    return { picture, variant: variants.length - 1 };
  }

  /**
   * Adds one-to-one pairs, with none, one (at random) or both of their pictures degraded.
   * @param once whether a picture is degraded once for all its uses
   */
  addPairs(
    pairs: readonly NamedPair[],
    degraded: DegradedShare,
    seed: number,
    once = false,
  ): PlannedPair[] {
    return pairs.map(({ a, b, same, fold }, index) => {
      const random = seededRandom(seed, 0x70616972, index);
      const degradedSide = random.int(2);
      const side = (name: string, at: number) => {
        const isDegraded = degraded === 'both' || (degraded === 'one' && at === degradedSide);
        return [isDegraded ? this.#addDegraded(name, random, seed, once) : this.add(name, null)];
      };
      return { a: side(a, 0), b: side(b, 1), same, fold };
    });
  }

  /**
   * Adds templates. The first picture of each is unchanged; of the others none, one or all are
   * degraded.
   * @param once whether a picture is degraded once for all its uses
   */
  addTemplates(
    templates: readonly NamedTemplate[],
    degraded: DegradedShare,
    seed: number,
    once = false,
  ): PlannedFace[][] {
    return templates.map(({ pictures }, index) => {
      const random = seededRandom(seed, 0x74656d70, index);
      return pictures.map((name, at) => {
        const isDegraded = at > 0 && (degraded === 'both' || (degraded === 'one' && at === 1));
        return isDegraded ? this.#addDegraded(name, random, seed, once) : this.add(name, null);
      });
    });
  }

  /** @param random of this use; a picture that is degraded once has a source of its own */
  #addDegraded(name: string, random: SeededRandom, seed: number, once: boolean): PlannedFace {
    if (!once) return this.add(name, randomDegradation(random));
    const key = `${seed} ${name}`;
    const known = this.#once.get(key);
    if (known) return known;
    const { picture } = this.add(name, null);
    const own = seededRandom(seed, 0x6f6e6365, picture);
    const added = this.add(name, randomDegradation(own));
    this.#once.set(key, added);
    return added;
  }
}

/** Draws one or two kinds of degradation, each from mild to the worst, and the noise's seed. */
function randomDegradation(random: SeededRandom): CropAugmentation {
  return { levels: sampleDegradation(random, STRENGTH, 0), seed: random.int(2 ** 32) };
}
