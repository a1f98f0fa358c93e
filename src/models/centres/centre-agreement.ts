import { counted } from '../../core/number-words';
import { seededRandom } from '../../core/seeded-random';
import type { ClassCentres } from './class-centres';

/** Whether pictures lie nearer their own row of class centres than a stranger's. */
export interface CentreAgreement {
  readonly pictures: number;
  /**
   * Mean cos θ to the row of the picture's own label, and to the row of another label drawn at
   * random.
   */
  readonly own: number;
  readonly other: number;
  /** Share of pictures that are nearer their own row: one half is chance. */
  readonly share: number;
  /** null for too few pictures to tell. */
  readonly agrees: boolean | null;
  readonly sentence: string;
}

/** Pictures from which on chance alone seldom looks like agreement, or the other way round. */
const MIN_PICTURES = 32;
/**
 * Centres of the right set win nearly always, even against damaged pictures; of another set or
 * order, half of the time.
 */
const MIN_WON = 0.7;

/**
 * Finds out a permuted FC layer, or one of another set or backbone: its rows say nothing of the
 * pictures under their labels.
 * @param sample pictures of several identities, labels with a row each; embeddings of unit length
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
    const stranger =
      labels[drawn] === label ? labels[(drawn + 1) % labels.length]! : labels[drawn]!;
    const [near, far] = [
      centres.cosTheta(label, embedding)!,
      centres.cosTheta(stranger, embedding)!,
    ];
    own += near / sample.length;
    other += far / sample.length;
    if (near > far) won++;
  }
  const share = sample.length > 0 ? won / sample.length : 0;
  const agrees = sample.length < MIN_PICTURES || labels.length < 2 ? null : share >= MIN_WON;
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
  const figures = `cos θ of ${pictures} pictures to their own row is ${own.toFixed(3)} on average, to another ${other.toFixed(3)}, and ${(100 * share).toFixed(0)} % are nearer their own`;
  return agrees
    ? `The labels match these class centres: ${figures}.`
    : `The labels do not match these class centres: ${figures}, where chance gives 50 %. ` +
        'They are of another set, of another backbone, or in another order.';
}
