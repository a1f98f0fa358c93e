import { count, counted } from '../../core/number-words';
import type { SourceInfo } from '../face-source';

/** Facts about a source's labels that matter for class centres. */
export interface LabelFacts {
  readonly min: number;
  readonly max: number;
  readonly distinct: number;
  /** Whether they are 0 to distinct − 1, each used. */
  readonly dense: boolean;
}

/** Whether labels and class centres can belong together, and a sentence that says why. */
export interface LabelFit {
  readonly fits: boolean;
  readonly sentence: string;
}

/** Facts about a source's labels before they are read; undefined if they aren't all known. */
export function labelFactsOf({ identities, denseLabels }: SourceInfo): LabelFacts | undefined {
  if (!identities || denseLabels !== true) return undefined;
  return { min: 0, max: identities - 1, distinct: identities, dense: true };
}

/**
 * Checks whether class centres from elsewhere, with one row per label from 0 on, can belong to a
 * source: its labels must be dense, and as many as there are rows. This is necessary, not
 * sufficient: two sets with equally many people may number them differently.
 * @param classes number of rows of the centres
 */
export function labelFit(labels: LabelFacts, classes: number): LabelFit {
  const [rows, people] = [
    counted(classes, 'row'),
    counted(labels.distinct, 'identity', 'identities'),
  ];
  if (labels.max >= classes) {
    return {
      fits: false,
      sentence:
        `The centres have ${rows}, for labels 0 to ${count(classes - 1)}; the ` +
        `source has labels up to ${count(labels.max)}. They were made for another ` +
        `set.${knownSets(classes, labels.distinct)}`,
    };
  }
  if (!labels.dense)
    return {
      fits: false,
      sentence: `${denseSentence(labels)} Nothing says which of the ${rows} of centres is whose.`,
    };
  if (labels.distinct !== classes) {
    return {
      fits: false,
      sentence:
        `The centres have ${rows}, and the source ${people}, ` +
        `${count(classes - labels.distinct)} fewer. They were made for another ` +
        `set, or this is a part of theirs.${knownSets(classes, labels.distinct)}`,
    };
  }
  return {
    fits: true,
    sentence:
      `The centres have ${rows}, and the source ${people}, labelled 0 to ` +
      `${count(labels.max)} without a gap. They can belong together.`,
  };
}

/** Known data sets by number of people. */
const KNOWN_SETS: ReadonlyMap<number, string> = new Map([
  [10_572, 'CASIA-WebFace'],
  [85_742, 'MS1MV2'],
  [93_431, 'MS1MV3'],
  [360_232, 'Glint360K'],
]);

/** A sentence to append that names the known sets with these numbers of people; empty if none. */
export function knownSets(...people: readonly number[]): string {
  const named = [...new Set(people)]
    .filter((number) => KNOWN_SETS.has(number))
    .map((number) => `${KNOWN_SETS.get(number)} has ${count(number)} people`);
  return named.length > 0 ? ` ${named.join(', and ')}.` : '';
}

/** A sentence on whether the labels are 0 to distinct − 1. */
export function denseSentence({ min, max, distinct, dense }: LabelFacts): string {
  if (distinct === 1) return `1 identity has the label ${count(min)}.`;
  const people = `${count(distinct)} identities have labels`;
  if (dense) return `${people} from 0 to ${count(max)}, without a gap.`;
  const gaps = max - min + 1 - distinct;
  const missing =
    gaps > 0
      ? `; ${counted(gaps, 'label')} between them ${gaps === 1 ? 'is' : 'are'} not used`
      : '';
  return (
    `${people} from ${count(min)} to ${count(max)}, not from 0 to ` +
    `${count(distinct - 1)}${missing}.`
  );
}
