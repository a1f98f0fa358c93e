import { Accordion, Badge, Button, Group, Select, Stack, Text, Title } from '@mantine/core';
import {
  differencesFromPreset,
  presetFor,
  presets,
  withSource,
  type PresetName,
  type RunConfig,
} from '../../training/config/run-config';
import { isRunActive } from '../data/sources/use-source';
import { studioStore } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';
import { choiceNames, choiceWords } from '../words/choice-names';
import { FieldInput, type FieldProps } from './field-input';
import { expertSections, simpleFields, type Field } from './form-fields';
import { ShardsField } from './shards-field';

/**
 * The form of the next run's settings: six for everybody, the others under Expert. What differs
 * from the preset is marked.
 */
export function ExperimentForm() {
  const config = useStudio((state) => state.config);
  const locked = useStudio(isRunActive);
  const differences = differencesFromPreset(config);
  const differing = Object.keys(differences).length;
  const change = (part: Partial<RunConfig>) =>
    studioStore.setState({ config: { ...config, ...part } });
  const propsOf = (field: Field): FieldProps => ({
    ...{ field, config, locked, change },
    changed: field.name in differences,
  });
  return (
    <Stack gap="md">
      {locked && (
        <Text size="sm" c="dimmed">
          Settings can be changed once the run has ended.
        </Text>
      )}
      <ShardsField locked={locked} />
      <PresetField config={config} locked={locked} />
      {simpleFields.map((field) => (
        <FieldInput key={field.name} {...propsOf(field)} />
      ))}
      <Group justify="space-between">
        <Text size="sm" c="dimmed" role="status">
          {differenceText(differing)}
        </Text>
        {differing > 0 && !locked && (
          <Button
            size="compact-sm"
            variant="subtle"
            onClick={() =>
              studioStore.setState({
                config: { ...resetConfig(config), ...backboneOf(config) },
                files: [],
              })
            }
          >
            Reset
          </Button>
        )}
      </Group>
      <Expert propsOf={propsOf} />
    </Stack>
  );
}

/** Which settings the others start from, and whether they suit the pictures. */
function PresetField({ config, locked }: { readonly config: RunConfig; readonly locked: boolean }) {
  const wanted = presetFor(config.shards);
  const choose = (name: PresetName) =>
    studioStore.setState({
      config: { ...presets[name], shards: config.shards, ...backboneOf(config) },
    });
  return (
    <Stack gap={4}>
      <Select
        label="Preset"
        description={choiceWords('preset', config.preset).effect}
        size="sm"
        data={Object.entries(choiceNames.preset).map(([value, { name }]) => ({
          value,
          label: name,
        }))}
        value={config.preset}
        allowDeselect={false}
        disabled={locked}
        onChange={(name) => choose(name as PresetName)}
      />
      {config.preset === wanted ? (
        <Text size="sm" c="dimmed">
          {wanted === 'demo'
            ? 'It suits the drawn faces that come with the studio.'
            : 'The recipe that works on real faces; it fits itself to how many there are.'}
        </Text>
      ) : (
        <Text size="sm">
          For these pictures “{choiceNames.preset[wanted].name}” suits better.{' '}
          {!locked && (
            <Button variant="subtle" size="compact-sm" onClick={() => choose(wanted)}>
              Take it
            </Button>
          )}
        </Text>
      )}
    </Stack>
  );
}

function Expert({ propsOf }: { readonly propsOf: (field: Field) => FieldProps }) {
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        Expert
      </Title>
      <Accordion multiple variant="default" chevronPosition="left">
        {expertSections.map(({ title, fields }) => {
          const inputs = fields.map(propsOf);
          const changed = inputs.filter((each) => each.changed).length;
          return (
            // Values become ids, in which a space would part two names.
            <Accordion.Item key={title} value={title.toLowerCase().replaceAll(' ', '-')}>
              <Accordion.Control>
                <SectionTitle title={title} changed={changed} />
              </Accordion.Control>
              <Accordion.Panel>
                <Stack gap="sm">
                  {inputs
                    .filter(({ field, config }) => field.when?.(config) ?? true)
                    .map((props) => (
                      <FieldInput key={props.field.name} {...props} />
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

/** The preset as it is, with the demo's faces: their own preset, unless another was chosen. */
const resetConfig = ({ preset, shards }: RunConfig): RunConfig =>
  withSource({ ...presets[preset], shards }, presets.demo.shards);

function differenceText(differing: number): string {
  if (differing === 0) return 'Same as the preset';
  return `${differing} ${differing === 1 ? 'setting differs' : 'settings differ'} from the preset`;
}

function SectionTitle({ title, changed }: { title: string; changed: number }) {
  return (
    <Group justify="space-between" wrap="nowrap">
      <Text size="sm">{title}</Text>
      {changed > 0 && (
        <Badge size="sm" variant="light" style={{ flexShrink: 0 }}>
          {changed} changed
        </Badge>
      )}
    </Group>
  );
}

/** The backbone's settings, which a preset doesn't change: the backbone in use stays. */
function backboneOf({
  backbone,
  inputConvention,
  convFeature,
  zDim,
  convfDim,
}: RunConfig): Partial<RunConfig> {
  return { backbone, inputConvention, convFeature, zDim, convfDim };
}
