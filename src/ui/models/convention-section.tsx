import { Button, Group, NumberInput, SegmentedControl, Stack, Text } from '@mantine/core';
import {
  describeInputConvention,
  describeConventionOrigin,
  formatInputConvention,
} from '../../models/backbones/input-convention-text';
import type { BackboneInUse } from '../../studio/protocol';
import { Section } from '../components/section';
import { useStudio } from '../shell/use-studio';
import { choiceNames } from '../words/choice-names';
import { Term } from '../words/term';
import { chooseBackbone } from './commands';
import { useModelsLocked } from './model-progress';

/**
 * The input convention of the backbone. A person can change it if the file was trained with another
 * than the default of its kind.
 */
export function ConventionSection() {
  const backbone = useStudio((state) => state.backbone);
  const locked = useModelsLocked();
  if (!backbone) return null;
  return (
    <Section
      title="How pictures go in"
      summary={
        <>
          The <Term name="inputConvention">input convention</Term> of the backbone: change it only
          if your file was trained with another.
        </>
      }
      folds
      testId="convention-section"
    >
      <InputConvention backbone={backbone} locked={locked} />
    </Section>
  );
}

function InputConvention({ backbone, locked }: { backbone: BackboneInUse; locked: boolean }) {
  const { input, convFeature, inputConvention } = backbone;
  const choose = (part: Partial<BackboneInUse>) =>
    chooseBackbone({
      backbone: backbone.backbone,
      inputConvention: part.input ? formatInputConvention(part.input) : inputConvention,
      convFeature: part.convFeature ?? convFeature,
    });
  const divisor = 1 / input.scale;
  return (
    <Stack gap={6}>
      <Group align="flex-end" gap="sm">
        <Stack gap={2}>
          <Text size="xs" fw={500}>
            Channels
          </Text>
          <SegmentedControl
            size="xs"
            data={['RGB', 'BGR']}
            value={input.order}
            disabled={locked}
            aria-label="Order of the channels"
            onChange={(order) => choose({ input: { ...input, order: order as 'RGB' | 'BGR' } })}
          />
        </Stack>
        <NumberInput
          key={`mean${input.mean}`}
          label="Mean"
          size="xs"
          w={90}
          defaultValue={input.mean}
          min={0}
          max={255}
          disabled={locked}
          onBlur={({ target }) =>
            Number(target.value) !== input.mean &&
            choose({ input: { ...input, mean: Number(target.value) } })
          }
        />
        <NumberInput
          key={`divisor${divisor}`}
          label="Divisor"
          size="xs"
          w={90}
          defaultValue={Number(divisor.toPrecision(7))}
          min={0.01}
          max={1000}
          disabled={locked}
          onBlur={({ target }) =>
            Math.abs(Number(target.value) - divisor) > 1e-4 &&
            choose({ input: { ...input, scale: 1 / Number(target.value) } })
          }
        />
        <Stack gap={2}>
          <Text size="xs" fw={500}>
            Conv feature
          </Text>
          <SegmentedControl
            size="xs"
            data={Object.entries(choiceNames.convFeature).map(([value, { name }]) => ({
              value,
              label: name,
            }))}
            value={convFeature}
            disabled={locked}
            aria-label="Which conv feature feeds the head"
            onChange={(value) => choose({ convFeature: value as BackboneInUse['convFeature'] })}
          />
        </Stack>
        {inputConvention !== 'auto' && (
          <Button
            size="xs"
            variant="subtle"
            disabled={locked}
            onClick={() =>
              chooseBackbone({ backbone: backbone.backbone, inputConvention: 'auto', convFeature })
            }
          >
            Reset to the default
          </Button>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        A pixel goes in as {describeInputConvention(input)},{' '}
        {describeConventionOrigin(backbone.inputOrigin, 'as it was set')}. The published head reads
        the raw body output. A wrong convention gives embeddings that look right but are wrong:
        check with a verification set.
      </Text>
    </Stack>
  );
}
