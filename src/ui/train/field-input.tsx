import { Select, Switch } from '@mantine/core';
import { numberRules, type RunConfig } from '../../training/config/run-config';
import type { HeadSize } from '../../studio/protocol';
import { bytes } from '../components/format';
import { useStudio } from '../shell/use-studio';
import { choiceWords, headWithSize } from '../words/choice-names';
import type { Field } from './form-fields';
import { NumberField } from './number-field';

export interface FieldProps {
  readonly field: Field;
  readonly config: RunConfig;
  /** It differs from the preset. */
  readonly changed: boolean;
  readonly locked: boolean;
  readonly change: (part: Partial<RunConfig>) => void;
}

/** The input of one setting; a dot after its label marks a difference from the preset. */
export function FieldInput({ field, config, changed, locked, change }: FieldProps) {
  // `file` can be chosen as class centres once they have been read.
  const centres = useStudio((state) => state.centres);
  const sizes = useStudio((state) => state.heads);
  const { effect } = field;
  const shared = {
    label: <FieldLabel label={field.label} isChanged={changed} />,
    description: effect,
    disabled: locked,
    size: 'sm' as const,
  };
  switch (field.kind) {
    case 'number':
      return (
        <NumberField
          {...shared}
          value={config[field.name]}
          rule={numberRules[field.name]}
          steps={field.steps}
          change={(value) => change({ [field.name]: value })}
        />
      );
    case 'choice': {
      const chosen = config[field.name];
      return (
        <Select
          {...shared}
          description={choiceEffect(field.name, chosen, sizes)}
          data={field.options.map((value) => ({
            value,
            label: optionName(field.name, value, sizes),
            disabled: value === 'file' && centres === null,
          }))}
          value={chosen}
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
    }
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

type ChoiceField = Extract<Field, { kind: 'choice' }>;

/** The words for an option, which is one of the setting's own. */
const optionWords = (name: ChoiceField['name'], value: string) =>
  choiceWords(name, value as RunConfig[typeof name]);

const optionName = (
  name: ChoiceField['name'],
  value: string,
  sizes: readonly HeadSize[],
): string =>
  name === 'head' ? headWithSize(value as RunConfig['head'], sizes) : optionWords(name, value).name;

/** What the chosen option does; of a head also what training it holds. */
function choiceEffect(
  name: ChoiceField['name'],
  value: string,
  sizes: readonly HeadSize[],
): string | undefined {
  const { effect } = optionWords(name, value);
  const size = name === 'head' ? sizes.find((head) => head.name === value) : undefined;
  return size ? `${effect} Training holds ${bytes(size.trainingBytes)}.` : effect;
}

/** A field's name, with a mark if it differs from the preset. */
function FieldLabel({ label, isChanged }: { readonly label: string; readonly isChanged: boolean }) {
  return (
    <>
      {label}
      {isChanged && (
        <span title="Differs from the preset" style={{ color: 'var(--scf-confidence)' }}>
          {' '}
          ●
        </span>
      )}
    </>
  );
}
