import { count, counted } from '../../core/number-words';
import type { SourceInfo } from '../face-source';

/** The labels of a source, as class centres see them. */
export interface LabelFacts {
  readonly min: number;
  readonly max: number;
  readonly distinct: number;
  /** Whether they are 0 to distinct − 1, each used. */
  readonly dense: boolean;
}

/** Whether labels and class centres belong together, and the sentence that says why. */
export interface LabelFit {
  readonly fits: boolean;
  readonly sentence: string;
}

/**
 * What a source says of its labels before they are read; undefined where it doesn't say all of it.
 */
export function labelFactsOf({ identities, denseLabels }: SourceInfo): LabelFacts | undefined {
  if (!identities || denseLabels !== true) return undefined;
  return { min: 0, max: identities - 1, distinct: identities, dense: true };
}

/**
 * Whether class centres made elsewhere, one row a label from 0 on, can be those of a source: its
 * labels have to be dense and as many as there are rows. That says they can be, not that they are:
 * two sets may number as many people otherwise.
 * @param classes rows of the centres
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

/** Sets that people have class centres of, by how many people they hold. */
const sets: ReadonlyMap<number, string> = new Map([
  [10_572, 'CASIA-WebFace'],
  [85_742, 'MS1MV2'],
  [93_431, 'MS1MV3'],
  [360_232, 'Glint360K'],
]);

/**
 * Which sets are known to have so many people, as a sentence to go on with; nothing where none is.
 */
export function knownSets(...people: readonly number[]): string {
  const named = [...new Set(people)]
    .filter((many) => sets.has(many))
    .map((many) => `${sets.get(many)} has ${count(many)} people`);
  return named.length > 0 ? ` ${named.join(', and ')}.` : '';
}

/** Whether the labels are 0 to distinct − 1, in a sentence. */
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
