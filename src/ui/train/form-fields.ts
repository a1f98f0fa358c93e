import { isPairwise } from '../../confidence/confidence-method';
import {
  optionsOfSetting,
  type NumberSetting,
  type RunConfig,
} from '../../training/config/run-settings';

/** An input of the form: the setting, its label and its kind. */
export type Field = (
  | { readonly name: NumberSetting; readonly label: string; readonly kind: 'number' }
  | {
      readonly name: keyof RunConfig;
      readonly label: string;
      readonly kind: 'choice';
      readonly options: readonly string[];
    }
  | { readonly name: keyof RunConfig; readonly label: string; readonly kind: 'switch' }
) & {
  /** Whether the form shows it with these settings; it always does by default. */
  readonly when?: (config: RunConfig) => boolean;
};

const number = (name: NumberSetting, label: string, when?: Field['when']): Field => ({
  name,
  label,
  kind: 'number',
  when,
});
const choice = (name: keyof RunConfig, label: string, when?: Field['when']): Field => ({
  name,
  label,
  kind: 'choice',
  options: optionsOfSetting(name),
  when,
});
const flag = (name: keyof RunConfig, label: string): Field => ({ name, label, kind: 'switch' });

const trainsCentres = ({ centres }: RunConfig) => centres === 'arcface' || centres === 'cosface';

/** The form's sections, with every setting of a run but the backbone's, which Models sets. */
export const formSections: readonly {
  readonly title: string;
  readonly fields: readonly Field[];
}[] = [
  {
    title: 'Data',
    fields: [
      choice('shuffle', 'Shuffle'),
      number('shuffleBuffer', 'Shuffle buffer'),
      number('numWorkers', 'Decode workers'),
      flag('dropLast', 'Drop the last, short batch'),
    ],
  },
  {
    title: 'Features',
    fields: [
      choice('features', 'Between epochs'),
      choice('centres', 'Class centres'),
      number('margin', 'Margin of the classifier', trainsCentres),
      number('marginScale', 'Scale of the classifier', trainsCentres),
      number('centreEpochs', 'Epochs of the classifier', trainsCentres),
      number('negativeShare', 'Share of other people in its steps', trainsCentres),
      number('copies', 'Copies of each picture'),
      number('augmentation', 'Degradation strength'),
      flag('flip', 'Mirror half of the pictures'),
    ],
  },
  {
    title: 'Head and objective',
    fields: [
      choice('head', 'Head'),
      choice('method', 'Method'),
      choice('objective', 'Objective', ({ method }) => method === 'scf'),
      number('picturesPerIdentity', 'Pictures of one person in a batch', ({ method }) =>
        isPairwise(method),
      ),
      number('radius', 'Radius r'),
    ],
  },
  {
    title: 'Optimiser and schedule',
    fields: [
      number('batchSize', 'Batch size'),
      number('microBatch', 'Pictures at once (0 = the whole batch)'),
      number('epochs', 'Epochs'),
      number('learningRate', 'Learning rate'),
      choice('schedule', 'Schedule'),
      number('stepSize', 'Step size / patience (epochs)'),
      number('gamma', 'Gamma'),
      number('patience', 'Stop early: epochs without a better validation (0 = never)'),
      number('weightDecay', 'Weight decay'),
      number('maxGradClip', 'Clip gradient elements (0 = off)'),
      number('maxGradNorm', 'Clip gradient norm (0 = off)'),
    ],
  },
  {
    title: 'Validation and seed',
    fields: [
      number('seed', 'Seed'),
      number('validationFraction', 'Share of people held out'),
      number('maxValidationImages', 'Validation pictures, at most'),
      number('fullReadings', 'Validation pictures read again at the end, as Compare reads them'),
      number('validateEvery', 'Steps between validations (0 = only after an epoch)'),
      number('checkpointEvery', 'Steps between checkpoints'),
      flag('tensorboard', 'TensorBoard event files'),
    ],
  },
];
