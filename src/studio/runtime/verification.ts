import type { ConfidentFace } from '../../confidence/confidence-method';
import { createMethod } from '../../confidence/methods';
import { alignFace } from '../../inference/align/crop-photo';
import { degrade } from '../../faces/degradation';
import {
  CROP_SIZE,
  pristine,
  type DegradationLevels,
  type RgbImage,
} from '../../faces/face-record';
import type { FoundFace } from '../../inference/align/find-faces';
import { StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import { dot } from '../../core/vector';
import type { ConfidenceHead } from '../../models/heads/confidence-head';
import { readFace, type FaceReadout } from '../../inference/read-face';
import type { FaceReading, FaceSlot, PairReading, SweepKind } from '../protocol';

/**
 * A photograph with its faces. It is kept as long as it is on show, since another of them may be
 * chosen.
 */
export interface FoundPhoto {
  readonly image: RgbImage;
  readonly faces: readonly FoundFace[];
}

/** A picture of a side, as it was chosen. */
export interface ChosenPicture {
  readonly id: string;
  readonly name: string;
  readonly origin: FaceReading['origin'];
  /** The crop before the sliders. */
  readonly crop: Uint8Array;
  readonly photo: FoundPhoto | null;
}

interface Picture extends ChosenPicture {
  /** Which of the photograph's faces. */
  readonly chosen: number;
  readonly levels: DegradationLevels;
  readonly readout: FaceReadout | null;
}

/** Pictures of a side, at most: a template of more is no better, and each is held decoded. */
const MAX_PICTURES = 12;
/** Seeds of the sliders' noise, fixed so that a face stands still while another slider moves. */
const SEEDS: Record<FaceSlot, number> = { a: 1, b: 2 };

/**
 * The two sides of a comparison, a picture or a template of several each, and what can be said of
 * them.
 */
export class Verification {
  readonly #sides: Record<FaceSlot, readonly Picture[]> = { a: [], b: [] };

  /** Sides with a picture. */
  get slots(): FaceSlot[] {
    return (['a', 'b'] as const).filter((slot) => this.#sides[slot].length > 0);
  }

  /**
   * Puts a picture in the place of a side's, or beside them.
   * @throws StudioError `bad-config` for more than {@link MAX_PICTURES}
   */
  choose(slot: FaceSlot, picture: ChosenPicture, add: boolean): void {
    const before = add ? this.#sides[slot] : [];
    if (before.length >= MAX_PICTURES)
      throw new StudioError(
        'bad-config',
        `Face ${slot.toUpperCase()} has ${before.length} pictures, which are as many as a ` +
          'side may have.',
        'Take one out first.',
      );
    this.#sides[slot] = [...before, { ...picture, chosen: 0, levels: pristine, readout: null }];
  }

  remove(slot: FaceSlot, id: string): void {
    this.#sides[slot] = this.#sides[slot].filter((picture) => picture.id !== id);
  }

  degrade(slot: FaceSlot, id: string, levels: DegradationLevels): void {
    this.#change(slot, id, (picture) => ({ ...picture, levels, readout: null }));
  }

  /** Takes another face of a photograph. */
  chooseFace(slot: FaceSlot, id: string, face: number): void {
    this.#change(slot, id, (picture) => {
      const found = picture.photo?.faces[face];
      return found
        ? {
            ...picture,
            chosen: face,
            crop: alignFace(picture.photo!.image, found.points),
            readout: null,
          }
        : picture;
    });
  }

  /** What was read is of another head or backbone. */
  forgetReadings(): void {
    for (const slot of this.slots)
      this.#sides[slot] = this.#sides[slot].map((picture) => ({ ...picture, readout: null }));
  }

  /**
   * Reads what of a side has not been read as it stands. κ comes from the head, where there is one.
   */
  async read(
    slot: FaceSlot,
    backbone: Backbone,
    head: ConfidenceHead | null,
  ): Promise<FaceReading[]> {
    for (const picture of this.#sides[slot]) {
      if (picture.readout) continue;
      const readout = await readFace(degraded(picture, SEEDS[slot]), backbone, head);
      // A slider may have moved in the meantime: that change will be read on its own.
      this.#change(slot, picture.id, (now) =>
        now.levels === picture.levels && now.crop === picture.crop ? { ...now, readout } : now,
      );
    }
    const pictures = this.#sides[slot].filter(isRead);
    const total = pictures.reduce((sum, { readout }) => sum + (readout.kappa ?? 1), 0);
    return pictures.map((picture): FaceReading => {
      const { id, name, origin, levels, readout, photo, chosen } = picture;
      return {
        id,
        name,
        origin,
        levels,
        crop: rgbaOf(degraded(picture, SEEDS[slot])),
        kappa: readout.kappa,
        embeddingNorm: readout.embeddingNorm,
        weight: (readout.kappa ?? 1) / total,
        photo: photo && {
          width: photo.image.width,
          height: photo.image.height,
          faces: photo.faces,
          chosen,
        },
      };
    });
  }

  /** The comparison, once both sides have been read. */
  pair(radius: number): PairReading | null {
    const [a, b] = [this.#facesOf('a'), this.#facesOf('b')];
    return a.length > 0 && b.length > 0 ? compare(a, b, radius) : null;
  }

  /**
   * The comparison as one kind of degradation of one picture goes from none to the worst, the
   * others staying as they are.
   * @param signal ends it @throws the signal's reason; StudioError `bad-config` without two sides
   */
  async sweep(
    slot: FaceSlot,
    id: string,
    kinds: readonly (keyof DegradationLevels)[],
    levels: readonly number[],
    tools: {
      readonly backbone: Backbone;
      readonly head: ConfidenceHead | null;
      readonly radius: number;
      readonly signal: AbortSignal;
      readonly onStep: () => Promise<void>;
    },
  ): Promise<SweepKind[]> {
    const { backbone, head, radius, signal, onStep } = tools;
    const picture = this.#sides[slot].find((each) => each.id === id);
    const others = this.#facesOf(slot === 'a' ? 'b' : 'a');
    if (!picture || others.length === 0)
      throw new StudioError(
        'bad-config',
        'A sweep compares two sides; one has no picture.',
        'Choose a picture for both.',
      );
    const beside = this.#sides[slot]
      .filter((each) => each.id !== id)
      .filter(isRead)
      .map(({ readout }) => faceOf(readout));
    const swept: SweepKind[] = [];
    for (const kind of kinds) {
      const points: SweepKind['points'][number][] = [];
      for (const level of levels) {
        signal.throwIfAborted();
        const readout = await readFace(
          degraded({ ...picture, levels: { ...picture.levels, [kind]: level } }, SEEDS[slot]),
          backbone,
          head,
        );
        const { cosTheta, scfScore } = compare([...beside, faceOf(readout)], others, radius);
        points.push({ level, cosTheta, scfScore, kappa: readout.kappa });
        await onStep();
      }
      swept.push({ kind, points });
    }
    return swept;
  }

  #facesOf(slot: FaceSlot): ConfidentFace[] {
    return this.#sides[slot].filter(isRead).map(({ readout }) => faceOf(readout));
  }

  #change(slot: FaceSlot, id: string, change: (picture: Picture) => Picture): void {
    this.#sides[slot] = this.#sides[slot].map((picture) =>
      picture.id === id ? change(picture) : picture,
    );
  }
}

/** Pools each side by Eqn (14), or plainly where there is no κ, and compares. */
function compare(
  a: readonly ConfidentFace[],
  b: readonly ConfidentFace[],
  radius: number,
): PairReading {
  const hasKappa = [...a, ...b].every(({ concentration }) => concentration.length > 0);
  const [scf, plain] = [createMethod('scf', { radius }), createMethod('cosine', { radius })];
  const [first, second] = [a, b].map((faces) => (hasKappa ? scf : plain).pool(faces)) as [
    ConfidentFace,
    ConfidentFace,
  ];
  const cosTheta = dot(first.mu, second.mu);
  const isPooled = hasKappa && (a.length > 1 || b.length > 1);
  return {
    cosTheta,
    plainCosTheta: isPooled ? dot(plain.pool(a).mu, plain.pool(b).mu) : null,
    scfScore: hasKappa ? scf.pairScore(first, second, cosTheta) : null,
  };
}

const faceOf = ({ mu, kappa }: FaceReadout): ConfidentFace => ({
  mu,
  concentration: kappa === null ? new Float32Array() : Float32Array.of(kappa),
});

const isRead = (picture: Picture): picture is Picture & { readonly readout: FaceReadout } =>
  picture.readout !== null;

const degraded = ({ crop, levels }: Pick<Picture, 'crop' | 'levels'>, seed: number): Uint8Array =>
  degrade({ width: CROP_SIZE, height: CROP_SIZE, data: crop }, levels, seed).data;

/** A crop for a canvas. */
export function rgbaOf(crop: Uint8Array): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray((crop.length / 3) * 4).fill(255);
  for (let from = 0, to = 0; from < crop.length; from += 3, to += 4)
    pixels.set(crop.subarray(from, from + 3), to);
  return pixels;
}
