import { seededRandom, type SeededRandom } from '../core/seeded-random';
import type { CropAugmentation } from '../faces/decode/crop-decoder';
import { sampleDegradation } from '../faces/degradation';

/** A picture that is to be read, and in which states: as it is (null), or degraded. */
export interface PictureTask {
  /** Its name: a path, or its place in a set. */
  readonly picture: string;
  readonly variants: readonly (CropAugmentation | null)[];
}

/** One state of one picture of a plan. */
export interface PlannedFace {
  readonly picture: number;
  readonly variant: number;
}

/** A pair of an evaluation: two faces, or two templates of several. */
export interface PlannedPair {
  readonly a: readonly PlannedFace[];
  readonly b: readonly PlannedFace[];
  readonly same: boolean;
  /** From 0. */
  readonly fold: number;
}

/**
 * How many of a pair's two pictures, or of a template's, are degraded: of a template `both` means
 * all but the first.
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

/**
 * Strength of the degradations that protocols draw: from mild to the worst that the studio makes.
 */
const STRENGTH = 1;

/**
 * Which pictures an evaluation reads, each once, and in which states. Several protocols share one
 * plan, so that a picture is found and aligned once for all of them.
 */
export class PicturePlan {
  readonly #tasks: { readonly picture: string; readonly variants: (CropAugmentation | null)[] }[] =
    [];
  readonly #indexes = new Map<string, number>();

  get tasks(): readonly PictureTask[] {
    return this.#tasks;
  }

  /** Faces to be read: every state of every picture. */
  get faces(): number {
    return this.#tasks.reduce((sum, { variants }) => sum + variants.length, 0);
  }

  /** A picture in a state; as it is, it is read once for all who ask. */
  add(name: string, augmentation: CropAugmentation | null): PlannedFace {
    let picture = this.#indexes.get(name);
    if (picture === undefined) {
      picture = this.#tasks.push({ picture: name, variants: [] }) - 1;
      this.#indexes.set(name, picture);
    }
    const { variants } = this.#tasks[picture]!;
    const known = augmentation === null ? variants.indexOf(null) : -1;
    return { picture, variant: known >= 0 ? known : variants.push(augmentation) - 1 };
  }

  /** One-to-one pairs, with none, one (drawn) or both of their pictures degraded. */
  addPairs(pairs: readonly NamedPair[], degraded: DegradedShare, seed: number): PlannedPair[] {
    return pairs.map(({ a, b, same, fold }, index) => {
      const random = seededRandom(seed, 0x70616972, index);
      const only = random.int(2);
      const side = (name: string, at: number) => [
        this.add(
          name,
          degraded === 'both' || (degraded === 'one' && at === only) ? drawn(random) : null,
        ),
      ];
      return { a: side(a, 0), b: side(b, 1), same, fold };
    });
  }

  /**
   * The faces of templates: of each, its first picture as it is, and none, one or all of the others
   * degraded.
   */
  addTemplates(
    templates: readonly NamedTemplate[],
    degraded: DegradedShare,
    seed: number,
  ): PlannedFace[][] {
    return templates.map(({ pictures }, index) => {
      const random = seededRandom(seed, 0x74656d70, index);
      return pictures.map((name, at) =>
        this.add(
          name,
          at > 0 && (degraded === 'both' || (degraded === 'one' && at === 1))
            ? drawn(random)
            : null,
        ),
      );
    });
  }
}

/** One or two kinds of degradation, each from mild to the worst, and where its noise falls. */
function drawn(random: SeededRandom): CropAugmentation {
  return { levels: sampleDegradation(random, STRENGTH, 0), seed: random.int(2 ** 32) };
}
