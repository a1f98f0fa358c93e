import { Button, Text } from '@mantine/core';
import { useMemo } from 'react';
import type { BackboneInUse } from '../../studio/protocol';
import { presets } from '../../training/config/run-config';
import { FactTable } from '../components/fact-table';
import { count } from '../components/format';
import { Section } from '../components/section';
import { useStudio } from '../shell/use-studio';
import { chooseBackbone, pickBackbone, pickBackboneFolder } from './commands';
import { FileDrop } from '../components/files/file-drop';
import { ModelProgress, useModelsLocked } from './model-progress';
import { NetworkDrawing } from './network/network-drawing';
import { backboneFlow, stoppedFlow } from './network/network-flows';
import { Term } from '../words/term';

const builtIn = presets.demo.backbone;

/** The backbone in use, its input convention, and a drop area for another. */
export function BackboneSection() {
  const backbone = useStudio((state) => state.backbone);
  const wanted = useStudio((state) => state.config.backbone);
  const locked = useModelsLocked();
  return (
    <Section
      title="Backbone"
      summary={
        <>
          The network that reads every face: it gives the <Term name="embedding">embedding</Term>,
          and what the <Term name="head">head</Term> reads of it. It stays as it is.
        </>
      }
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
      <Stopped />
      {backbone ? (
        <InUse backbone={backbone} />
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
        folder={{ label: 'or a folder', onPick: () => void pickBackboneFolder() }}
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

/** The graph that can't be imported, as far as it was understood. */
function Stopped() {
  const at = useStudio(
    ({ errors }) => errors.find(({ about, error }) => about === 'backbone' && error.at)?.error.at,
  );
  const flow = useMemo(() => (at ? stoppedFlow(at) : null), [at]);
  if (!flow) return null;
  return <NetworkDrawing label="Where the file stopped" flow={flow} testId="stopped-at" />;
}

function InUse({ backbone }: { backbone: BackboneInUse }) {
  const flow = useMemo(() => backboneFlow(backbone), [backbone]);
  return (
    <>
      <NetworkDrawing label={`${backbone.name}, as blocks`} flow={flow} testId="backbone-blocks" />
      <FactTable rows={rowsOf(backbone)} terms={FACT_TERMS} testId="backbone-facts" />
    </>
  );
}

const FACT_TERMS = {
  Parameters: 'parameters',
  Embedding: 'embedding',
  'Conv feature': 'convFeature',
  Fingerprint: 'fingerprint',
} as const;

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
