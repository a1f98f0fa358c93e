import { Accordion, Badge, Button, Group, Select, Stack, Text } from '@mantine/core';
import {
  differencesFromPreset,
  presets,
  presetSentence,
  withSource,
  type PresetName,
  type RunConfig,
} from '../../training/config/run-config';
import { isRunActive } from '../data/sources/use-source';
import { studioStore } from '../shell/studio-store';
import { useStudio } from '../shell/use-studio';
import { FieldInput } from './field-input';
import { formSections } from './form-fields';
import { ShardsField } from './shards-field';

/** The form of the next run's settings. What differs from the preset is marked. */
export function ExperimentForm() {
  const config = useStudio((state) => state.config);
  const locked = useStudio(isRunActive);
  const differences = differencesFromPreset(config);
  const differing = Object.keys(differences).length;
  const change = (part: Partial<RunConfig>) =>
    studioStore.setState({ config: { ...config, ...part } });
  return (
    <Stack gap="sm">
      <Select
        label="Preset"
        description={presetSentence(config)}
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
          {differenceText(differing)}
        </Text>
        {differing > 0 && !locked && (
          <Button
            size="compact-xs"
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
      {locked && (
        <Text size="xs" c="dimmed">
          Settings can be changed once the run has ended.
        </Text>
      )}
      <Accordion
        multiple
        // Values become ids, in which a space would part two names.
        defaultValue={['head-and-objective']}
        variant="separated"
        chevronPosition="left"
      >
        {formSections.map(({ title, fields }) => {
          const changed = fields.filter(({ name }) => name in differences).length;
          return (
            <Accordion.Item key={title} value={title.toLowerCase().replaceAll(' ', '-')}>
              <Accordion.Control>
                <SectionTitle title={title} changed={changed} />
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
        <Badge size="xs" style={{ flexShrink: 0 }}>
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
