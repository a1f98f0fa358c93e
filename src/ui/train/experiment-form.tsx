import {
  Accordion,
  Badge,
  Button,
  Group,
  NumberInput,
  Select,
  Stack,
  Switch,
  Text,
} from '@mantine/core';
import { isPairwise, trainedMethodNames } from '../../confidence/confidence-method';
import {
  differencesFromPreset,
  numberRules,
  presets,
  type PresetName,
  type RunConfig,
} from '../../training/config/run-config';
import { bytes, count } from '../components/format';
import { stepped, type SteppedRule } from '../components/number-steps';
import { ShardsField } from './shards-field';
import { studioStore } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';

type NumberField = keyof typeof numberRules;
type Field = (
  | { readonly name: NumberField; readonly label: string; readonly kind: 'number' }
  | {
      readonly name: keyof RunConfig;
      readonly label: string;
      readonly kind: 'choice';
      readonly options: readonly string[];
    }
  | { readonly name: keyof RunConfig; readonly label: string; readonly kind: 'switch' }
) & {
  /** Where it counts; everywhere by default. */
  readonly when?: (config: RunConfig) => boolean;
};

const number = (name: NumberField, label: string, when?: Field['when']): Field => ({
  name,
  label,
  kind: 'number',
  when,
});
const choice = (
  name: keyof RunConfig,
  label: string,
  options: readonly string[],
  when?: Field['when'],
): Field => ({ name, label, kind: 'choice', options, when });
const flag = (name: keyof RunConfig, label: string): Field => ({ name, label, kind: 'switch' });

const trainsCentres = ({ centres }: RunConfig) => centres === 'arcface' || centres === 'cosface';

/** The form's sections: every setting of a run, once; the backbone's own are set under Models. */
const sections: readonly { readonly title: string; readonly fields: readonly Field[] }[] = [
  {
    title: 'Data',
    fields: [
      choice('shuffle', 'Shuffle', ['auto', 'global', 'blocks']),
      number('shuffleBuffer', 'Shuffle buffer'),
      number('numWorkers', 'Decode workers'),
      flag('dropLast', 'Drop the last, short batch'),
    ],
  },
  {
    title: 'Features',
    fields: [
      choice('features', 'Between epochs', ['reuse', 'stream']),
      choice('centres', 'Class centres', ['first-pass', 'growing', 'arcface', 'cosface', 'file']),
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
      choice('head', 'Head', ['compact', 'tface-conv', 'reference']),
      choice('method', 'Method', trainedMethodNames),
      choice('objective', 'Objective', ['exact', 'reference'], ({ method }) => method === 'scf'),
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
      choice('schedule', 'Schedule', ['StepLR', 'ReduceLROnPlateau']),
      number('stepSize', 'Step size / patience (epochs)'),
      number('gamma', 'Gamma'),
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
      number('validateEvery', 'Steps between validations (0 = only after an epoch)'),
      number('checkpointEvery', 'Steps between checkpoints'),
      flag('tensorboard', 'TensorBoard event files'),
    ],
  },
];

/** The experiment: a preset, and whatever differs from it marked. */
export function ExperimentForm() {
  const config = useStudio((state) => state.config);
  const runState = useStudio((state) => state.runState);
  const locked = runState === 'running' || runState === 'preparing' || runState === 'paused';
  const differences = differencesFromPreset(config);
  const differing = Object.keys(differences).length;
  const change = (part: Partial<RunConfig>) =>
    studioStore.setState({ config: { ...config, ...part } });
  return (
    <Stack gap="sm">
      <Select
        label="Preset"
        data={Object.keys(presets)}
        value={config.preset}
        allowDeselect={false}
        disabled={locked}
        onChange={(name) =>
          studioStore.setState({
            config: {
              ...presets[name as PresetName],
              shards: config.shards,
              ...backboneOf(config),
            },
          })
        }
      />
      <ShardsField locked={locked} />
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {differing === 0
            ? 'As the preset has it'
            : `${differing} ${differing === 1 ? 'setting differs' : 'settings differ'} from the preset`}
        </Text>
        {differing > 0 && !locked && (
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() =>
              studioStore.setState({
                config: { ...presets[config.preset], ...backboneOf(config) },
                files: [],
              })
            }
          >
            Reset
          </Button>
        )}
      </Group>
      {locked && (
        <Text size="xs" c="dimmed">
          Settings can be changed once the run has ended.
        </Text>
      )}
      <Accordion
        multiple
        defaultValue={['Head and objective']}
        variant="separated"
        chevronPosition="left"
      >
        {sections.map(({ title, fields }) => {
          const changed = fields.filter(({ name }) => name in differences).length;
          return (
            <Accordion.Item key={title} value={title}>
              <Accordion.Control>
                <Group justify="space-between" wrap="nowrap">
                  <Text size="sm">{title}</Text>
                  {changed > 0 && (
                    <Badge size="xs" style={{ flexShrink: 0 }}>
                      {changed} changed
                    </Badge>
                  )}
                </Group>
              </Accordion.Control>
              <Accordion.Panel>
                <Stack gap="xs">
                  {fields
                    .filter(({ when }) => when?.(config) ?? true)
                    .map((field) => (
                      <FieldInput
                        key={field.name}
                        field={field}
                        config={config}
                        changed={field.name in differences}
                        locked={locked}
                        change={change}
                      />
                    ))}
                </Stack>
              </Accordion.Panel>
            </Accordion.Item>
          );
        })}
      </Accordion>
    </Stack>
  );
}

interface FieldProps {
  readonly field: Field;
  readonly config: RunConfig;
  readonly changed: boolean;
  readonly locked: boolean;
  readonly change: (part: Partial<RunConfig>) => void;
}

function FieldInput({ field, config, changed, locked, change }: FieldProps) {
  // Class centres of files can be chosen once they have been read.
  const centres = useStudio((state) => state.centres);
  const label = changed ? `${field.label} ●` : field.label;
  const shared = { label, disabled: locked, size: 'xs' as const };
  switch (field.kind) {
    case 'number': {
      const rule: SteppedRule = numberRules[field.name];
      return (
        <NumberInput
          {...shared}
          value={config[field.name]}
          min={rule.min}
          max={rule.max}
          allowDecimal={!rule.integer}
          clampBehavior="blur"
          onChange={(value) => typeof value === 'number' && change({ [field.name]: value })}
          // After a step of Mantine's own, which is the same wherever a number stands.
          onValueChange={(_, { source }) => {
            const direction = { increment: 1, decrement: -1 }[source as string] as
              1 | -1 | undefined;
            if (direction) change({ [field.name]: stepped(config[field.name], direction, rule) });
          }}
        />
      );
    }
    case 'choice':
      return (
        <Select
          {...shared}
          description={field.name === 'head' ? <HeadSizeNote name={config.head} /> : undefined}
          data={field.options.map((value) => ({
            value,
            label: value,
            disabled: value === 'file' && centres === null,
          }))}
          value={String(config[field.name])}
          allowDeselect={false}
          onChange={(value) =>
            change({
              [field.name]: value,
              ...(field.name === 'centres' && {
                centreFiles: value === 'file' ? centres!.name : '',
              }),
            })
          }
        />
      );
    case 'switch':
      return (
        <Switch
          {...shared}
          checked={config[field.name] === true}
          onChange={(event) => change({ [field.name]: event.currentTarget.checked })}
        />
      );
    default:
      return field satisfies never;
  }
}

/** The backbone is not the preset's to change: it has been read, and stays in use. */
function backboneOf({
  backbone,
  inputConvention,
  convFeature,
  zDim,
  convfDim,
}: RunConfig): Partial<RunConfig> {
  return { backbone, inputConvention, convFeature, zDim, convfDim };
}

/** What the head on show will ask of the machine, before it is made. */
function HeadSizeNote({ name }: { name: RunConfig['head'] }) {
  const size = useStudio((state) => state.heads.find((head) => head.name === name));
  return size
    ? `${count(size.parameters)} parameters; training holds ${bytes(size.trainingBytes)}`
    : 'its size is known once the backbone has loaded';
}
