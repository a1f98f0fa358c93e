import { count } from '../../core/number-words';
import { knownSets } from '../../faces/survey/label-fit';
import { StudioError } from '../../core/studio-error';
import type { ClassCentres } from './class-centres';

/** The labels of a source compared with the rows of class centres from a file. */
export interface CentreFit {
  /** Whether every label has a row. */
  readonly fits: boolean;
  /** The largest label; −1 without labels. */
  readonly largest: number;
  /** Number of labels without a row. */
  readonly outside: number;
  /** Number of rows whose label did not occur: people that the source has no pictures of. */
  readonly unused: number;
  /** The finding for a person. */
  readonly sentence: string;
}

/**
 * Checks whether every label has a row. That only means that labels and centres can belong
 * together; `centreAgreement` checks that they do. Labels of some of the people are enough, unlike
 * for `labelFit`, which judges before any picture is read.
 * @param labels the labels that occurred, each once
 * @param classes rows of the files, rows of zeros included
 */
export function centreFit(
  labels: ReadonlySet<number>,
  centres: ClassCentres,
  classes: number,
): CentreFit {
  let [largest, outside] = [-1, 0];
  for (const label of labels) {
    largest = Math.max(largest, label);
    if (centres.row(label) === undefined) outside++;
  }
  const unused = centres.labels.length - (labels.size - outside);
  const fits = outside === 0;
  const sets = knownSets(classes, largest + 1);
  const sentence = fits
    ? `All ${count(labels.size)} labels have a row; ${count(unused)} of ` +
      `${count(classes)} rows are not used.`
    : `${count(outside)} of ${count(labels.size)} labels, the largest of which is ` +
      `${count(largest)}, have no row: the centres have ${count(classes)}, for labels 0 ` +
      `to ${count(classes - 1)}.${sets}`;
  return { fits, largest, outside, unused, sentence };
}

/** The error that ends a run at a label without a row. */
export function labelWithoutRow(label: number, centres: ClassCentres): StudioError {
  const last = centres.labels.at(-1)!;
  const found =
    label > last
      ? `class centres go from label 0 to ${count(last)}`
      : 'its row of the class centres is missing or zeros';
  return new StudioError(
    'bad-checkpoint',
    `The source has the label ${count(label)}; ${found}.${knownSets(last + 1, label + 1)}`,
    'Choose the class centres of this set, or have them computed from its pictures: set ' +
      '"centres" to "first-pass".',
  );
}
