import { Button, Group, NumberInput, SegmentedControl, Stack, Text } from '@mantine/core';
import {
  describeInputConvention,
  describeConventionOrigin,
  formatInputConvention,
} from '../../models/backbones/input-convention-text';
import type { BackboneInUse } from '../../studio/protocol';
import { presets } from '../../training/config/run-config';
import { FactTable } from '../components/fact-table';
import { count } from '../components/format';
import { Section } from '../components/section';
import { useStudio } from '../shell/use-studio';
import { chooseBackbone, pickBackbone, pickBackboneFolder } from './commands';
import { FileDrop } from './file-drop';
import { ModelProgress, useModelsLocked } from './model-progress';

const builtIn = presets.demo.backbone;

/** The backbone in use, its input convention, and a drop area for another. */
export function BackboneSection() {
  const backbone = useStudio((state) => state.backbone);
  const wanted = useStudio((state) => state.config.backbone);
  const locked = useModelsLocked();
  return (
    <Section
      title="Backbone"
      topic="backbone"
      testId="backbone-section"
      aside={
        backbone && backbone.backbone !== builtIn ? (
          <Button
            size="xs"
            variant="default"
            disabled={locked}
            onClick={() =>
              chooseBackbone({ backbone: builtIn, inputConvention: 'auto', convFeature: 'body' })
            }
          >
            Use the studio’s own
          </Button>
        ) : null
      }
    >
      {backbone ? (
        <>
          <FactTable rows={rowsOf(backbone)} testId="backbone-facts" />
          <InputConvention backbone={backbone} locked={locked} />
        </>
      ) : (
        <Text size="sm" c="dimmed">
          It is shown once the studio has started.
        </Text>
      )}
      {backbone && wanted !== backbone.backbone && (
        <Text size="sm" c="orange">
          The next run needs {wanted.replace(/^files:/, '')}, which is not the one in use
          {wanted.startsWith('files:')
            ? ': pick it again, because a page loses its files when it is reloaded.'
            : '; it is read when the run starts.'}
        </Text>
      )}
      <FileDrop
        label="Choose a backbone"
        hint={
          'or drop one here: .onnx (with its data files or their folder), .pth, .pt or .safetensors'
        }
        multiple
        disabled={locked}
        onFiles={(files) => void pickBackbone(files)}
        onFolder={() => void pickBackboneFolder()}
      />
      <Text size="xs" c="dimmed">
        Recognised by their keys: IR-50, 100 and 152 (also SE) of the published code, TFace and
        face.evoLVe, iresnet18 to 200 of InsightFace; ONNX models of InsightFace’s zoo. The file
        stays on this machine. The backbone in use stays until another has been read.
      </Text>
      <ModelProgress topic="backbone" />
    </Section>
  );
}

function rowsOf({
  name,
  layout,
  parameters,
  embeddingDim,
  convShape,
  convFeatureName,
  hash,
}: BackboneInUse): [string, string][] {
  const convNumbers = convShape.reduce((product, side) => product * side, 1);
  return [
    ['In use', name],
    ['Recognised as', layout],
    ...(parameters === null ? [] : [['Parameters', count(parameters)] as [string, string]]),
    ['Embedding', `${embeddingDim} numbers`],
    ['Conv feature', `${convShape.join(' × ')} (${count(convNumbers)}), “${convFeatureName}”`],
    ['Fingerprint', hash.slice(0, 16)],
  ];
}

/**
 * The input convention of the backbone. A person can change it if the file was trained with another
 * than the default of its kind.
 */
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
            data={[
              { value: 'body', label: 'Raw body output' },
              { value: 'after-bn', label: 'After the last BatchNorm' },
            ]}
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
