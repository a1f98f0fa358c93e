import { NumberInput, Select, Switch } from '@mantine/core';
import { numberRules, type RunConfig } from '../../training/config/run-config';
import { bytes, count } from '../components/format';
import { stepped } from '../components/number-steps';
import { useStudio } from '../shell/use-studio';
import type { Field } from './form-fields';

interface FieldProps {
  readonly field: Field;
  readonly config: RunConfig;
  readonly changed: boolean;
  readonly locked: boolean;
  readonly change: (part: Partial<RunConfig>) => void;
}

const stepDirections: Readonly<Record<string, 1 | -1 | undefined>> = {
  increment: 1,
  decrement: -1,
};

/** The input of one setting; a dot after its label marks a difference from the preset. */
export function FieldInput({ field, config, changed, locked, change }: FieldProps) {
  // `file` can be chosen as class centres once they have been read.
  const centres = useStudio((state) => state.centres);
  const label = changed ? `${field.label} ●` : field.label;
  const shared = { label, disabled: locked, size: 'xs' as const };
  switch (field.kind) {
    case 'number': {
      const rule = numberRules[field.name];
      return (
        <NumberInput
          {...shared}
          value={config[field.name]}
          min={rule.min}
          max={rule.max}
          allowDecimal={!rule.integer}
          clampBehavior="blur"
          onChange={(value) => typeof value === 'number' && change({ [field.name]: value })}
          // Replaces Mantine's step, which has the same size at every value.
          onValueChange={(_, { source }) => {
            const direction = stepDirections[source as string];
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

/** The size of the chosen head, before it is made. */
function HeadSizeNote({ name }: { name: RunConfig['head'] }) {
  const size = useStudio((state) => state.heads.find((head) => head.name === name));
  if (!size) return 'its size is known once the backbone has loaded';
  return `${count(size.parameters)} parameters; training holds ${bytes(size.trainingBytes)}`;
}
