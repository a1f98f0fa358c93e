import { StudioError } from '../../core/studio-error';
import { dot } from '../../core/vector';
import { createMethod } from '../../confidence/methods';
import { degrade } from '../../faces/degradation';
import {
  CROP_SIZE,
  pristine,
  type DegradationLevels,
  type RgbImage,
} from '../../faces/face-record';
import { alignFace } from '../../inference/align/crop-photo';
import type { FoundFace } from '../../inference/align/find-faces';
import { FaceReader, type FaceReading } from '../../inference/face-reader';
import {
  degradedFace,
  locatedCrop,
  locatedIn,
  type LocatedFace,
} from '../../inference/locate-face';
import { pairScores } from '../../inference/pair-scores';
import type { Backbone } from '../../models/backbones/backbone';
import type { FaceKind } from '../../models/heads/ready-head-list';
import type { FaceSlot, KnownPerson, PairReading, ShownFace, SweepKind } from '../protocol';
import { evaluatedHead, type TrainedHead } from './trained-head';

/**
 * The comparison of two sides on the verification panel, a picture or a template of several on
 * each.
 *
 * Where the verdict's inputs come from:
 * - μ, ‖embedding‖ and κ of a picture: `FaceReader` on its degraded views, with the backbone in use
 *   and the head that `HeadChoiceController` gives for the pictures; {@link Verification.read}.
 * - The scores of the two sides by each method: `pairScores`, as an evaluation computes them;
 *   {@link Verification.pair}.
 * - The scores of genuine and impostor pairs that the page compares them with: the readings of the
 *   same policy, which come with the head in the `head` event (`FaceController`).
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
  readonly origin: ShownFace['origin'];
  /** Whom it shows, if a source of faces says so. */
  readonly person?: KnownPerson;
  /** Whether it is known to be drawn; anything else counts as a photograph. */
  readonly faces: FaceKind;
  /** The crop that is shown, before degradation. */
  readonly crop: Uint8Array;
  /** The views that are read, before degradation. */
  readonly face: LocatedFace;
  readonly photo: FoundPhoto | null;
  /** How it is degraded from the start; not at all by default. */
  readonly levels?: DegradationLevels;
}

/** How a picture of the panel is read; evaluations, the command line and heads’ files use it. */
const POLICY = 'full';

/** What is known of a picture besides its pixels. */
type NamedPicture = Pick<ChosenPicture, 'id' | 'name' | 'origin' | 'person' | 'faces' | 'levels'>;

/** A crop that is aligned already, as a picture of the panel. */
export const chosenCrop = (named: NamedPicture, crop: Uint8Array): ChosenPicture => ({
  ...named,
  crop,
  face: locatedCrop(crop, POLICY),
  photo: null,
});

/**
 * A face of a photograph, as a picture of the panel.
 * @param at its index among the faces that were found
 */
export function chosenFace(named: NamedPicture, photo: FoundPhoto, at: number): ChosenPicture {
  const { image, faces } = photo;
  const face = faces[at]!;
  return {
    ...named,
    crop: alignFace(image, face.points),
    face: locatedIn(image, { face, faces: faces.length }, POLICY),
    photo,
  };
}

interface Picture extends ChosenPicture {
  /** Index of the photograph's face that was chosen. */
  readonly chosen: number;
  readonly levels: DegradationLevels;
  /** null until it has been read with the current crop, levels, backbone and head. */
  readonly reading: FaceReading | null;
}

/** Pictures on one side. A template of more is no better, and each is held decoded. */
const MAX_PICTURES_PER_SIDE = 12;
/** Seeds of the noise of degradation: fixed, so that it stays the same while a slider moves. */
const NOISE_SEEDS: Record<FaceSlot, number> = { a: 1, b: 2 };

/** The pictures of both sides, their readings and their comparison. */
export class Verification {
  readonly #sides: Record<FaceSlot, readonly Picture[]> = { a: [], b: [] };
  /** Counts the times that all readings were dropped. */
  #round = 0;

  /** The sides that have a picture. */
  get slots(): FaceSlot[] {
    return (['a', 'b'] as const).filter((slot) => this.#sides[slot].length > 0);
  }

  /** The kinds of faces on both sides. */
  get kinds(): ReadonlySet<FaceKind> {
    return new Set([...this.#sides.a, ...this.#sides.b].map(({ faces }) => faces));
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
    const levels = picture.levels ?? pristine;
    this.#sides[slot] = [...before, { ...picture, chosen: 0, levels, reading: null }];
  }

  remove(slot: FaceSlot, id: string): void {
    this.#sides[slot] = this.#sides[slot].filter((picture) => picture.id !== id);
  }

  degrade(slot: FaceSlot, id: string, levels: DegradationLevels): void {
    this.#change(slot, id, (picture) => ({ ...picture, levels, reading: null }));
  }

  /** Crops another face of a photograph. Does nothing if there is no such face. */
  chooseFace(slot: FaceSlot, id: string, face: number): void {
    this.#change(slot, id, (picture) => {
      const { photo } = picture;
      if (!photo?.faces[face]) return picture;
      return { ...picture, ...chosenFace(picture, photo, face), chosen: face, reading: null };
    });
  }

  /** Drops all readings: the head or the backbone has changed. */
  forgetReadings(): void {
    this.#round++;
    for (const slot of this.slots)
      this.#sides[slot] = this.#sides[slot].map((picture) => ({ ...picture, reading: null }));
  }

  /**
   * Reads the pictures of a side that have no reading, and returns the readings of all of them.
   * @param trained gives κ; null for none. It is the one that the other pictures were read with
   */
  async read(
    slot: FaceSlot,
    backbone: Backbone,
    trained: TrainedHead | null,
  ): Promise<ShownFace[]> {
    const reader = readerOf(backbone, trained);
    for (const picture of this.#sides[slot]) {
      if (picture.reading) continue;
      const round = this.#round;
      const reading = await readOne(reader, picture, NOISE_SEEDS[slot]);
      // Another head may have been chosen meanwhile, or a slider have moved. Each such change has
      // its own call of `read`.
      this.#change(slot, picture.id, (now) =>
        round === this.#round && now.levels === picture.levels && now.face === picture.face
          ? { ...now, reading }
          : now,
      );
    }
    const pictures = this.#sides[slot].filter(isRead);
    const kappaSum = pictures.reduce((sum, { reading }) => sum + (kappaOf(reading) ?? 1), 0);
    return pictures.map((picture): ShownFace => {
      const { id, name, origin, person = null, levels, reading, photo, chosen } = picture;
      const kappa = kappaOf(reading);
      return {
        id,
        name,
        origin,
        person,
        levels,
        crop: rgbaOf(degradedCrop(picture, NOISE_SEEDS[slot])),
        kappa,
        embeddingNorm: reading.embeddingNorm,
        weight: (kappa ?? 1) / kappaSum,
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
   * @param trained the head that the sides were read with
   */
  pair(trained: TrainedHead | null): PairReading | null {
    const a = this.#readingsOf('a');
    const b = this.#readingsOf('b');
    if (a.length === 0 || b.length === 0) return null;
    return { ...compare(a, b, trained), isOnePicture: this.#isOnePicture() };
  }

  /** By the pixels before degradation: noise and occlusion fall differently on the two sides. */
  #isOnePicture(): boolean {
    const { a, b } = this.#sides;
    const [one, other] = [a[0], b[0]];
    if (a.length !== 1 || b.length !== 1 || !one || !other) return false;
    const kinds = Object.keys(pristine) as (keyof DegradationLevels)[];
    return (
      kinds.every((kind) => one.levels[kind] === other.levels[kind]) &&
      one.crop.every((value, i) => value === other.crop[i])
    );
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
      readonly trained: TrainedHead | null;
      readonly signal: AbortSignal;
      readonly onStep: () => Promise<void>;
    },
  ): Promise<SweepKind[]> {
    const { backbone, trained, signal, onStep } = tools;
    const reader = readerOf(backbone, trained);
    const picture = this.#sides[slot].find((each) => each.id === id);
    const others = this.#readingsOf(slot === 'a' ? 'b' : 'a');
    if (!picture || others.length === 0)
      throw new StudioError(
        'bad-config',
        'A sweep compares two sides; one has no picture.',
        'Choose a picture for both.',
      );
    const sameSide = this.#sides[slot]
      .filter((each) => each.id !== id)
      .filter(isRead)
      .map(({ reading }) => reading);
    const sweeps: SweepKind[] = [];
    for (const kind of kinds) {
      const points: SweepKind['points'][number][] = [];
      for (const level of levels) {
        signal.throwIfAborted();
        const swept = { ...picture, levels: { ...picture.levels, [kind]: level } };
        const reading = await readOne(reader, swept, NOISE_SEEDS[slot]);
        const { scores } = compare([...sameSide, reading], others, trained);
        const crop = rgbaOf(degradedCrop(swept, NOISE_SEEDS[slot]));
        points.push({ level, crop, scores, kappa: kappaOf(reading) });
        await onStep();
      }
      sweeps.push({ kind, points });
    }
    return sweeps;
  }

  #readingsOf(slot: FaceSlot): FaceReading[] {
    return this.#sides[slot].filter(isRead).map(({ reading }) => reading);
  }

  #change(slot: FaceSlot, id: string, change: (picture: Picture) => Picture): void {
    this.#sides[slot] = this.#sides[slot].map((picture) =>
      picture.id === id ? change(picture) : picture,
    );
  }
}

/** Scores two sides by each method, and pools templates by κ too. */
function compare(
  a: readonly FaceReading[],
  b: readonly FaceReading[],
  trained: TrainedHead | null,
): Omit<PairReading, 'isOnePicture'> {
  const heads = trained ? [evaluatedHead(trained)] : [];
  const isPooled = trained !== null && (a.length > 1 || b.length > 1);
  return {
    policy: POLICY,
    scores: pairScores(a, b, heads),
    pooledCosTheta: isPooled ? pooledCosTheta(a, b, trained.radius) : null,
  };
}

/** cos θ of two sides that are pooled by Eqn (14). */
function pooledCosTheta(
  a: readonly FaceReading[],
  b: readonly FaceReading[],
  radius: number,
): number {
  const { pool } = createMethod('scf', { radius });
  const [first, second] = [a, b].map((side) =>
    pool(side.map(({ mu, concentrations }) => ({ mu, concentration: concentrations[0]! }))),
  );
  return dot(first!.mu, second!.mu);
}

const readerOf = (backbone: Backbone, trained: TrainedHead | null): FaceReader =>
  new FaceReader(backbone, trained ? [trained.head] : [], POLICY);

async function readOne(
  reader: FaceReader,
  { face, levels }: Pick<Picture, 'face' | 'levels'>,
  seed: number,
): Promise<FaceReading> {
  const [reading] = await reader.read([degradedFace(face, { levels, seed })]);
  return reading!;
}

/** κ of a reading; null if it was read without a head. */
const kappaOf = ({ concentrations }: FaceReading): number | null => concentrations[0]?.[0] ?? null;

const isRead = (picture: Picture): picture is Picture & { readonly reading: FaceReading } =>
  picture.reading !== null;

const degradedCrop = ({ crop, levels }: Pick<Picture, 'crop' | 'levels'>, seed: number) =>
  degrade({ width: CROP_SIZE, height: CROP_SIZE, data: crop }, levels, seed).data;

/** RGB bytes of a crop as opaque RGBA, for a canvas. */
export function rgbaOf(crop: Uint8Array): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray((crop.length / 3) * 4).fill(255);
  for (let from = 0, to = 0; from < crop.length; from += 3, to += 4)
    pixels.set(crop.subarray(from, from + 3), to);
  return pixels;
}
