import type { SourceInfo } from './face-source';

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

/** What a source says of its labels before they are read; undefined where it doesn't say all of it. */
export function labelFactsOf({ identities, denseLabels }: SourceInfo): LabelFacts | undefined {
  if (!identities || denseLabels !== true) return undefined;
  return { min: 0, max: identities - 1, distinct: identities, dense: true };
}

/**
 * Whether class centres made elsewhere, one row a label from 0 on, can be those of a source: its labels have to be dense and
 * as many as there are rows. That says they can be, not that they are: two sets may number as many people otherwise.
 * @param classes rows of the centres
 */
export function labelFit(labels: LabelFacts, classes: number): LabelFit {
  const [rows, people] = [counted(classes, 'row'), counted(labels.distinct, 'identity', 'identities')];
  if (labels.max >= classes) {
    return { fits: false, sentence: `The centres have ${rows}, for labels 0 to ${number(classes - 1)}; the source has labels up to ${number(labels.max)}. They were made for another set.` };
  }
  if (!labels.dense) return { fits: false, sentence: `${denseSentence(labels)} Nothing says which of the ${rows} of centres is whose.` };
  if (labels.distinct !== classes) {
    return { fits: false, sentence: `The centres have ${rows}, and the source ${people}, ${number(classes - labels.distinct)} fewer. They were made for another set, or this is a part of theirs.` };
  }
  return { fits: true, sentence: `The centres have ${rows}, and the source ${people}, labelled 0 to ${number(labels.max)} without a gap. They can belong together.` };
}

/** Whether the labels are 0 to distinct − 1, in a sentence. */
export function denseSentence({ min, max, distinct, dense }: LabelFacts): string {
  const people = counted(distinct, 'identity has a label', 'identities have labels');
  if (dense) return `${people} from 0 to ${number(max)}, without a gap.`;
  const gaps = max - min + 1 - distinct;
  const missing = gaps > 0 ? `; ${counted(gaps, 'label')} between them ${gaps === 1 ? 'is' : 'are'} not used` : '';
  return `${people} from ${number(min)} to ${number(max)}, not from 0 to ${number(distinct - 1)}${missing}.`;
}

const number = (value: number) => value.toLocaleString('en');
const counted = (count: number, one: string, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
