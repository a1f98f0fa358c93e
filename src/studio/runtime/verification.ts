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
 * The comparison of two sides on the verification panel, a picture or a template of several on
 * each.
 *
 * Where the verdict's inputs come from:
 * - μ, ‖embedding‖ and κ of a picture: `readFace` on its degraded crop, with the backbone and head
 *   of `Controllers.faceTools`; {@link Verification.read}.
 * - cos θ and the SCF score, Eqn (13), of the two sides: {@link compare}, which pools each side by
 *   Eqn (14) with the head's radius r; {@link Verification.pair}.
 * - The scores of genuine and impostor pairs that the page compares them with: the `head-readings`
 *   event of a run's validation, or of a head's file (`ModelController`).
 */

/** A photograph with its faces. It is kept while it is shown, since another face may be chosen. */
export interface FoundPhoto {
  readonly image: RgbImage;
  readonly faces: readonly FoundFace[];
}

/** A picture as it was chosen for a side, before degradation. */
export interface ChosenPicture {
  readonly id: string;
  readonly name: string;
  readonly origin: FaceReading['origin'];
  /** The crop before degradation. */
  readonly crop: Uint8Array;
  readonly photo: FoundPhoto | null;
}

interface Picture extends ChosenPicture {
  /** Index of the photograph's face that was chosen. */
  readonly chosen: number;
  readonly levels: DegradationLevels;
  /** null until it has been read with the current crop, levels, backbone and head. */
  readonly readout: FaceReadout | null;
}

/** Pictures on one side. A template of more is no better, and each is held decoded. */
const MAX_PICTURES_PER_SIDE = 12;
/** Seeds of the noise of degradation: fixed, so that it stays the same while a slider moves. */
const NOISE_SEEDS: Record<FaceSlot, number> = { a: 1, b: 2 };

/** The pictures of both sides, their readings and their comparison. */
export class Verification {
  readonly #sides: Record<FaceSlot, readonly Picture[]> = { a: [], b: [] };

  /** The sides that have a picture. */
  get slots(): FaceSlot[] {
    return (['a', 'b'] as const).filter((slot) => this.#sides[slot].length > 0);
  }

  /**
   * Puts a picture on a side.
   * @param add whether the side's other pictures stay
   * @throws StudioError `bad-config` for more than {@link MAX_PICTURES_PER_SIDE}
   */
  choose(slot: FaceSlot, picture: ChosenPicture, add: boolean): void {
    const before = add ? this.#sides[slot] : [];
    if (before.length >= MAX_PICTURES_PER_SIDE)
      throw new StudioError(
        'bad-config',
        `Face ${slot.toUpperCase()} has ${before.length} pictures, the most that a side may have.`,
        'Remove one first.',
      );
    this.#sides[slot] = [...before, { ...picture, chosen: 0, levels: pristine, readout: null }];
  }

  remove(slot: FaceSlot, id: string): void {
    this.#sides[slot] = this.#sides[slot].filter((picture) => picture.id !== id);
  }

  degrade(slot: FaceSlot, id: string, levels: DegradationLevels): void {
    this.#change(slot, id, (picture) => ({ ...picture, levels, readout: null }));
  }

  /** Crops another face of a photograph. Does nothing if there is no such face. */
  chooseFace(slot: FaceSlot, id: string, face: number): void {
    this.#change(slot, id, (picture) => {
      const found = picture.photo?.faces[face];
      if (!found) return picture;
      const crop = alignFace(picture.photo!.image, found.points);
      return { ...picture, chosen: face, crop, readout: null };
    });
  }

  /** Drops all readings: the head or the backbone has changed. */
  forgetReadings(): void {
    for (const slot of this.slots)
      this.#sides[slot] = this.#sides[slot].map((picture) => ({ ...picture, readout: null }));
  }

  /**
   * Reads the pictures of a side that have no reading, and returns the readings of all of them.
   * @param head gives κ; null for none
   */
  async read(
    slot: FaceSlot,
    backbone: Backbone,
    head: ConfidenceHead | null,
  ): Promise<FaceReading[]> {
    for (const picture of this.#sides[slot]) {
      if (picture.readout) continue;
      const readout = await readFace(degraded(picture, NOISE_SEEDS[slot]), backbone, head);
      // A slider may have moved meanwhile. That change has its own call of `read`.
      this.#change(slot, picture.id, (now) =>
        now.levels === picture.levels && now.crop === picture.crop ? { ...now, readout } : now,
      );
    }
    const pictures = this.#sides[slot].filter(isRead);
    const kappaSum = pictures.reduce((sum, { readout }) => sum + (readout.kappa ?? 1), 0);
    return pictures.map((picture): FaceReading => {
      const { id, name, origin, levels, readout, photo, chosen } = picture;
      return {
        id,
        name,
        origin,
        levels,
        crop: rgbaOf(degraded(picture, NOISE_SEEDS[slot])),
        kappa: readout.kappa,
        embeddingNorm: readout.embeddingNorm,
        weight: (readout.kappa ?? 1) / kappaSum,
        photo: photo && {
          width: photo.image.width,
          height: photo.image.height,
          faces: photo.faces,
          chosen,
        },
      };
    });
  }

  /**
   * The comparison; null until both sides have been read.
   * @param radius r of the head's sphere
   */
  pair(radius: number): PairReading | null {
    const a = this.#facesOf('a');
    const b = this.#facesOf('b');
    return a.length > 0 && b.length > 0 ? compare(a, b, radius) : null;
  }

  /**
   * Compares the sides at each level of each kind of degradation of one picture. Its other kinds
   * and the other pictures stay as they are.
   * @param tools `signal` aborts it; `onStep` is called after each comparison
   * @throws the signal's reason; StudioError `bad-config` without two sides
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
    const sameSide = this.#sides[slot]
      .filter((each) => each.id !== id)
      .filter(isRead)
      .map(({ readout }) => faceOf(readout));
    const sweeps: SweepKind[] = [];
    for (const kind of kinds) {
      const points: SweepKind['points'][number][] = [];
      for (const level of levels) {
        signal.throwIfAborted();
        const swept = { ...picture, levels: { ...picture.levels, [kind]: level } };
        const readout = await readFace(degraded(swept, NOISE_SEEDS[slot]), backbone, head);
        const { cosTheta, scfScore } = compare([...sameSide, faceOf(readout)], others, radius);
        points.push({ level, cosTheta, scfScore, kappa: readout.kappa });
        await onStep();
      }
      sweeps.push({ kind, points });
    }
    return sweeps;
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

/**
 * Pools each side, by Eqn (14) or by the plain mean if there is no κ, and scores the two
 * directions.
 */
function compare(
  a: readonly ConfidentFace[],
  b: readonly ConfidentFace[],
  radius: number,
): PairReading {
  const hasKappa = [...a, ...b].every(({ concentration }) => concentration.length > 0);
  const scf = createMethod('scf', { radius });
  const plain = createMethod('cosine', { radius });
  const method = hasKappa ? scf : plain;
  const first = method.pool(a);
  const second = method.pool(b);
  const cosTheta = dot(first.mu, second.mu);
  const isPooled = hasKappa && (a.length > 1 || b.length > 1);
  return {
    cosTheta,
    plainCosTheta: isPooled ? dot(plain.pool(a).mu, plain.pool(b).mu) : null,
    scfScore: hasKappa ? scf.pairScore(first, second, cosTheta) : null,
  };
}

/** A readout as the methods take it. */
const faceOf = ({ mu, kappa }: FaceReadout): ConfidentFace => ({
  mu,
  concentration: kappa === null ? new Float32Array() : Float32Array.of(kappa),
});

const isRead = (picture: Picture): picture is Picture & { readonly readout: FaceReadout } =>
  picture.readout !== null;

const degraded = ({ crop, levels }: Pick<Picture, 'crop' | 'levels'>, seed: number): Uint8Array =>
  degrade({ width: CROP_SIZE, height: CROP_SIZE, data: crop }, levels, seed).data;

/** RGB bytes of a crop as opaque RGBA, for a canvas. */
export function rgbaOf(crop: Uint8Array): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray((crop.length / 3) * 4).fill(255);
  for (let from = 0, to = 0; from < crop.length; from += 3, to += 4)
    pixels.set(crop.subarray(from, from + 3), to);
  return pixels;
}
