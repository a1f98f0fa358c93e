import type { SourcePicture } from '../../../training/data/held-out/picture-reader';
import type { HeldOutPictures, ValidationResult } from '../../../training/session/run-events';

/** Pictures of a strip: they stand in one row beside the other strip, at 1280 pixels too. */
const IN_A_STRIP = 6;
/** The share of pictures that lie furthest from their person, of which mistakes are picked. */
const FAR_SHARE = 0.1;

/** A validated picture, with what the head gives for it. */
export interface ValidatedFace extends SourcePicture {
  /** In the arrays of the validation. */
  readonly index: number;
  readonly label: number;
  readonly kappa: number;
  readonly cosTheta: number;
}

/** The arrays of a validation that faces are picked by. */
export type Confidences = Pick<ValidationResult, 'kappa' | 'cosTheta'>;

/**
 * The pictures of a validation that can be shown.
 * @returns null if their places aren't known, or they are of another validation
 */
export function validatedFaces(
  { kappa, cosTheta }: Confidences,
  heldOut: HeldOutPictures | null,
): readonly ValidatedFace[] | null {
  if (!heldOut?.places || heldOut.places.length !== kappa.length) return null;
  const { places, labels, copies } = heldOut;
  return Array.from(kappa, (each, index) => ({
    index,
    label: labels[index]!,
    place: places[index]!,
    copy: copies[index]!,
    kappa: each,
    cosTheta: cosTheta[index]!,
  }));
}

/** Pictures as they are, without the degraded copies that training made of them. */
const originals = (faces: readonly ValidatedFace[]) => faces.filter(({ copy }) => copy === 0);

/** The pictures with the lowest κ, the lowest first. */
export const leastSure = (faces: readonly ValidatedFace[]): readonly ValidatedFace[] =>
  originals(faces)
    .toSorted((a, b) => a.kappa - b.kappa)
    .slice(0, IN_A_STRIP);

/**
 * The most mistaken: of the tenth of pictures that lie furthest from their person, those with the
 * highest κ, the highest first.
 */
export function mostMistaken(faces: readonly ValidatedFace[]): readonly ValidatedFace[] {
  const all = originals(faces).toSorted((a, b) => a.cosTheta - b.cosTheta);
  return all
    .slice(0, Math.ceil(FAR_SHARE * all.length))
    .sort((a, b) => b.kappa - a.kappa)
    .slice(0, IN_A_STRIP);
}

/**
 * What a picture is compared with: of its person's other pictures, the one that the head is surest
 * of.
 * @returns null if the person has no other
 */
export function partnerOf(
  face: ValidatedFace,
  faces: readonly ValidatedFace[],
): ValidatedFace | null {
  const others = originals(faces).filter(
    ({ label, place }) => label === face.label && place !== face.place,
  );
  return others.reduce<ValidatedFace | null>(
    (best, each) => (best && best.kappa >= each.kappa ? best : each),
    null,
  );
}
