import { methodTitles } from '../../confidence/methods';
import type { HeadName } from '../../models/heads/confidence-head';
import type { HeadSize } from '../../studio/protocol';
import type { RunConfig } from '../../training/config/run-settings';
import { roundedCount } from '../components/format';

/** The settings of a run that are one of a few words. */
export type ChoiceSetting = {
  [Name in keyof RunConfig]: RunConfig[Name] extends string
    ? string extends RunConfig[Name]
      ? never
      : Name
    : never;
}[keyof RunConfig];

/** What a choice is called, and what it does. */
export interface ChoiceWords {
  readonly name: string;
  /** One short line, where the name alone doesn't say it. */
  readonly effect?: string;
}

/** The words for every choice of every setting. Commands and addresses keep the identifiers. */
export const choiceNames: {
  readonly [Name in ChoiceSetting]: Readonly<Record<RunConfig[Name], ChoiceWords>>;
} = {
  preset: {
    demo: { name: 'Demo', effect: 'Drawn faces; done in minutes.' },
    photographs: { name: 'Your photographs', effect: 'What works on real faces.' },
    published: { name: 'As published', effect: 'The recipe of the paper’s code; hours to days.' },
  },
  convFeature: {
    body: { name: 'Raw output of the body', effect: 'As published.' },
    'after-bn': { name: 'After the last normalisation', effect: 'As face_ue’s heads read it.' },
  },
  head: {
    compact: { name: 'Compact head: mean and spread', effect: 'Learns in minutes.' },
    'tface-conv': { name: 'TFace’s head: three convolutions', effect: 'Far slower.' },
    reference: { name: 'Published head: three dense layers', effect: 'Needs gigabytes.' },
  },
  method: {
    scf: { name: methodTitles.scf, effect: 'One κ a face, learnt against class centres.' },
    'scf-g': { name: methodTitles['scf-g'], effect: 'The same with a Gaussian: one 1/σ² a face.' },
    'pfe-g': { name: methodTitles['pfe-g'], effect: 'A 1/σ² for each number, learnt from pairs.' },
    'pfe-v': { name: methodTitles['pfe-v'], effect: 'One κ a face, learnt from pairs; unstable.' },
  },
  objective: {
    exact: { name: 'Exact', effect: 'The formula as it is meant.' },
    reference: {
      name: 'As in the published code',
      effect: 'Its added 10⁻⁶ makes κ of bad pictures too large.',
    },
  },
  schedule: {
    StepLR: { name: 'In steps', effect: 'The learning rate falls every few epochs.' },
    ReduceLROnPlateau: {
      name: 'On a plateau',
      effect: 'It falls once validation stops improving.',
    },
  },
  features: {
    reuse: { name: 'Keep features', effect: 'Each picture is read once; epochs are quick.' },
    stream: {
      name: 'Read again',
      effect: 'Every epoch reads every picture: slow, with no copy kept.',
    },
  },
  centres: {
    'first-pass': { name: 'Means of the pictures', effect: 'From one pass before the first step.' },
    growing: {
      name: 'Growing means',
      effect: 'Training begins at once; they settle in one epoch.',
    },
    arcface: { name: 'ArcFace classifier', effect: 'Trained on the embeddings first.' },
    cosface: { name: 'CosFace classifier', effect: 'Trained on the embeddings first.' },
    file: { name: 'From a file', effect: 'The backbone’s own, loaded in Models.' },
  },
  shuffle: {
    auto: { name: 'By itself', effect: 'The most thorough that is quick here.' },
    global: { name: 'All pictures', effect: 'Any order is possible.' },
    blocks: { name: 'Block by block', effect: 'For sets that are read in one piece.' },
  },
};

/** The names of the settings that are a choice. */
export const choiceSettings = Object.keys(choiceNames) as ChoiceSetting[];

/** The words for a choice. */
export const choiceWords = <Name extends ChoiceSetting>(
  setting: Name,
  choice: RunConfig[Name],
): ChoiceWords => choiceNames[setting][choice];

/** Whether a setting is one of a few words. */
export const isChoice = (setting: keyof RunConfig): setting is ChoiceSetting =>
  Object.hasOwn(choiceNames, setting);

/**
 * A head with its size on the backbone in use: "Compact head: mean and spread, 131 k weights".
 * @param sizes as the worker counts them; without the head's, its name alone
 */
export function headWithSize(head: HeadName, sizes: readonly HeadSize[]): string {
  const size = sizes.find(({ name }) => name === head);
  const { name } = choiceNames.head[head];
  return size ? `${name}, ${roundedCount(size.parameters)} weights` : name;
}
