import { knownSets } from '../../faces/survey/label-fit';
import { StudioError } from '../../core/studio-error';
import type { ClassCentres } from './class-centres';

/** Labels that were met, counted against the rows of class centres made elsewhere. */
export interface CentreFit {
  /** Every label has a row. */
  readonly fits: boolean;
  readonly largest: number;
  /** Labels without a row. */
  readonly outside: number;
  /** Rows whose label was not met: people that the source has no pictures of. */
  readonly unused: number;
  readonly sentence: string;
}

/**
 * Counts labels against rows. That every label has a row says that they can belong together, not
 * that they do: see
 * `centreAgreement`. A part of the people is enough, unlike in `labelFit`, which judges before a picture has been seen.
 * @param labels those met, each once
 * @param classes rows of the files, those of zeros included
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
    ? `All ${number(labels.size)} labels have a row; ${number(unused)} of ` +
      `${number(classes)} rows are not used.`
    : `${number(outside)} of ${number(labels.size)} labels, the largest of which is ` +
      `${number(largest)}, have no row: the centres have ${number(classes)}, for labels 0 ` +
      `to ${number(classes - 1)}.${sets}`;
  return { fits, largest, outside, unused, sentence };
}

/** What ends a run that meets a label without a row. */
export function labelWithoutRow(label: number, centres: ClassCentres): StudioError {
  const last = centres.labels.at(-1)!;
  const found =
    label > last
      ? `class centres go from label 0 to ${number(last)}`
      : 'its row of the class centres is missing or zeros';
  return new StudioError(
    'bad-checkpoint',
    `The source has the label ${number(label)}; ${found}.${knownSets(last + 1, label + 1)}`,
    'Choose the class centres of this very set, or have them made of its pictures: set ' +
      '"centres" to "first-pass".',
  );
}

const number = (value: number) => value.toLocaleString('en');
