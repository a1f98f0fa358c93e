import { counted } from '../../core/number-words';
import { seededRandom } from '../../core/seeded-random';
import type { ClassCentres } from './class-centres';

/** Whether pictures are nearer to their own label's row of the class centres than to another's. */
export interface CentreAgreement {
  readonly pictures: number;
  /**
   * Mean cos θ to the row of the picture's own label (`own`), and to that of another label drawn at
   * random (`other`).
   */
  readonly own: number;
  readonly other: number;
  /** Share of pictures that are nearer to their own row. Chance gives one half. */
  readonly share: number;
  /** null if there are too few pictures to tell. */
  readonly agrees: boolean | null;
  /** The finding for a person. */
  readonly sentence: string;
}

/** With fewer pictures, chance could look like agreement, or the other way round. */
const MIN_PICTURES = 32;
/**
 * Lowest `share` that counts as agreement. With the right centres nearly all pictures are nearer to
 * their own row, even damaged ones; with those of another set or order, half of them.
 */
const MIN_SHARE = 0.7;

/**
 * Detects class centres that don't belong to the labels: a permuted FC layer, or one of another set
 * or backbone. Their rows have nothing to do with the pictures under the same labels.
 * @param sample pictures of several identities; each label has a row; embeddings of unit length
 */
export function centreAgreement(
  sample: readonly { readonly label: number; readonly embedding: Float32Array }[],
  centres: ClassCentres,
  seed: number,
): CentreAgreement {
  const random = seededRandom(seed, 0x61677265);
  const { labels } = centres;
  let [own, other, won] = [0, 0, 0];
  for (const { label, embedding } of sample) {
    const drawn = random.int(labels.length);
    const otherLabel =
      labels[drawn] === label ? labels[(drawn + 1) % labels.length]! : labels[drawn]!;
    const [near, far] = [
      centres.cosTheta(label, embedding)!,
      centres.cosTheta(otherLabel, embedding)!,
    ];
    own += near / sample.length;
    other += far / sample.length;
    if (near > far) won++;
  }
  const share = sample.length > 0 ? won / sample.length : 0;
  const agrees = sample.length < MIN_PICTURES || labels.length < 2 ? null : share >= MIN_SHARE;
  return {
    pictures: sample.length,
    own,
    other,
    share,
    agrees,
    sentence: sentenceOf(sample.length, own, other, share, agrees),
  };
}

function sentenceOf(
  pictures: number,
  own: number,
  other: number,
  share: number,
  agrees: boolean | null,
): string {
  if (agrees === null)
    return (
      `${counted(pictures, 'picture')} ${pictures === 1 ? 'is' : 'are'} too few to ` +
      'tell whether the labels match these class centres.'
    );
  const figures =
    `cos θ of ${pictures} pictures to their own row is ${own.toFixed(3)} on average, to another ` +
    `${other.toFixed(3)}, and ${(100 * share).toFixed(0)} % are nearer to their own`;
  return agrees
    ? `The labels match these class centres: ${figures}.`
    : `The labels do not match these class centres: ${figures}, where chance gives 50 %. ` +
        'They belong to another set or backbone, or are in another order.';
}
