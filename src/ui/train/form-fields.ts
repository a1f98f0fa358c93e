import { isPairwise } from '../../confidence/confidence-method';
import {
  optionsOfSetting,
  type NumberSetting,
  type RunConfig,
} from '../../training/config/run-settings';
import type { StepKind } from '../components/number-steps';
import type { ChoiceSetting } from '../words/choice-names';

/** An input of the form: the setting, its label and its kind. */
export type Field = (
  | {
      readonly name: NumberSetting;
      readonly kind: 'number';
      readonly steps: StepKind;
    }
  | {
      readonly name: ChoiceSetting;
      readonly kind: 'choice';
      readonly options: readonly string[];
    }
  | { readonly name: keyof RunConfig; readonly kind: 'switch' }
) & {
  readonly label: string;
  /** What it does, in one line. */
  readonly effect?: string;
  /** Whether the form shows it with these settings; it always does by default. */
  readonly when?: (config: RunConfig) => boolean;
};

type Further = Pick<Field, 'effect' | 'when'> & { readonly steps?: StepKind };

const number = (
  name: NumberSetting,
  label: string,
  { steps = 'digits', ...further }: Further = {},
): Field => ({ name, label, kind: 'number', steps, ...further });
const choice = (name: ChoiceSetting, label: string, when?: Field['when']): Field => ({
  name,
  label,
  kind: 'choice',
  options: optionsOfSetting(name),
  ...(when && { when }),
});
const flag = (name: keyof RunConfig, label: string, effect?: string): Field => ({
  name,
  label,
  kind: 'switch',
  ...(effect !== undefined && { effect }),
});

const trainsCentres = ({ centres }: RunConfig) => centres === 'arcface' || centres === 'cosface';
const ofClassifier = (effect: string): Further => ({ effect, when: trainsCentres });

/**
 * The settings that a newcomer meets, besides the pictures and the preset: what is learnt, and the
 * three numbers that decide most of how it goes. The rest is for experts.
 */
export const simpleFields: readonly Field[] = [
  choice('method', 'Method'),
  number('epochs', 'Epochs', { effect: 'How often every picture is gone through.' }),
  number('learningRate', 'Learning rate', {
    steps: 'doubling',
    effect: 'How far each step goes: too far and it jumps about, too little and it crawls.',
  }),
  number('batchSize', 'Batch size', {
    steps: 'doubling',
    effect: 'Pictures that a step looks at: more make it calmer, and epochs shorter in steps.',
  }),
];

/** The other settings of a run, but the backbone's, which Models sets. */
export const expertSections: readonly {
  readonly title: string;
  readonly fields: readonly Field[];
}[] = [
  {
    title: 'Data',
    fields: [
      choice('shuffle', 'Shuffle'),
      number('shuffleBuffer', 'Shuffle buffer', {
        steps: 'doubling',
        effect: 'Pictures that are mixed with each other.',
      }),
      number('numWorkers', 'Decode workers', { effect: 'Threads that unpack pictures.' }),
      flag('dropLast', 'Drop the last, short batch'),
    ],
  },
  {
    title: 'Features',
    fields: [
      choice('features', 'Between epochs'),
      choice('centres', 'Class centres'),
      number('margin', 'Margin of the classifier', ofClassifier('How far apart it keeps people.')),
      number('marginScale', 'Scale of the classifier', ofClassifier('Sharpens its softmax.')),
      number('centreEpochs', 'Epochs of the classifier', { when: trainsCentres }),
      number('negativeShare', 'Share of other people in its steps', { when: trainsCentres }),
      number('copies', 'Copies of each picture', {
        effect: 'The first stays as it is, the others are degraded.',
      }),
      number('augmentation', 'Degradation strength', {
        effect: '0 leaves copies as they are, 1 spoils them most.',
      }),
      flag('flip', 'Mirror half of the pictures'),
    ],
  },
  {
    title: 'Head and objective',
    fields: [
      choice('head', 'Head'),
      choice('objective', 'Objective', ({ method }) => method === 'scf'),
      number('picturesPerIdentity', 'Pictures of one person in a batch', {
        when: ({ method }) => isPairwise(method),
      }),
      number('radius', 'Radius r', {
        effect: 'Only shifts the loss by a constant. What is learnt stays the same.',
      }),
    ],
  },
  {
    title: 'Optimiser and schedule',
    fields: [
      number('microBatch', 'Pictures at once', {
        steps: 'doubling',
        effect: '0 takes the whole batch; fewer need less memory and give the same steps.',
      }),
      choice('schedule', 'Schedule'),
      number('stepSize', 'Step size / patience (epochs)', {
        effect: 'Epochs before the learning rate falls.',
      }),
      number('gamma', 'Gamma', {
        effect: 'What the learning rate is multiplied by when it falls.',
      }),
      number('patience', 'Stop early', {
        effect: 'Epochs without a better validation; 0 never stops early.',
      }),
      number('weightDecay', 'Weight decay', {
        effect: 'Pulls weights to 0, against rote learning.',
      }),
      number('maxGradClip', 'Clip gradient elements', { effect: '0 is off.' }),
      number('maxGradNorm', 'Clip gradient norm', { effect: '0 is off.' }),
    ],
  },
  {
    title: 'Validation and seed',
    fields: [
      number('seed', 'Seed', { effect: 'The same seed gives the same run.' }),
      number('validationFraction', 'Share of people held out', {
        effect: 'They are never trained on, only measured.',
      }),
      number('maxValidationImages', 'Validation pictures, at most'),
      number('fullReadings', 'Pictures read again at the end', {
        effect: 'As Compare reads them, so that its percentiles fit.',
      }),
      number('validateEvery', 'Steps between validations', { effect: '0 is only after an epoch.' }),
      number('checkpointEvery', 'Steps between checkpoints'),
      flag('tensorboard', 'TensorBoard event files'),
    ],
  },
];

/** Every setting that has a field. */
export const allFields: readonly Field[] = [
  ...simpleFields,
  ...expertSections.flatMap(({ fields }) => fields),
];
