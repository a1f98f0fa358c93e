import { Alert, Button, Code, CopyButton, Group, NumberInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { version } from '../../../package.json';
import { StudioError } from '../../core/studio-error';
import type { BackboneInUse } from '../../studio/protocol';
import type { RunConfig } from '../../training/config/run-config';
import { encodeRunFile, perProcessBatch, torchrunCommand } from '../../training/config/run-file';
import { download } from '../components/download';
import { Section } from '../components/section';
import { useStudio } from '../shell/use-studio';
import { Term } from '../words/term';

const RUN_FILE = 'run.json';

/** The same run on many GPUs: its file, and the command that reads it. */
export function ScaleOutSection() {
  const backbone = useStudio((state) => state.backbone);
  const config = useStudio((state) => state.config);
  const [gpus, setGpus] = useState(1);
  const scaled = useMemo(
    () => (backbone ? scaledRun(config, backbone, gpus) : null),
    [config, backbone, gpus],
  );
  return (
    <Section
      title="Export to torchrun"
      summary={
        <>
          When MS1M and an IR-100 outgrow the browser, <Code>scale-out/</Code> trains the same run
          with PyTorch on 1 to N GPUs. It writes checkpoints and events that this studio and{' '}
          <Term name="tensorboard">TensorBoard</Term> open.
        </>
      }
      folds
      testId="scale-out-section"
    >
      <Group align="flex-end" gap="sm">
        <NumberInput
          label="GPUs"
          size="xs"
          w={90}
          min={1}
          max={1024}
          allowDecimal={false}
          value={gpus}
          onChange={(value) => typeof value === 'number' && value >= 1 && setGpus(value)}
        />
        <Button
          size="xs"
          variant="default"
          disabled={!scaled || 'refusal' in scaled}
          onClick={() => scaled && 'text' in scaled && download(RUN_FILE, scaled.text)}
        >
          Download the run file
        </Button>
        {scaled && 'command' in scaled && (
          <CopyButton value={scaled.command}>
            {({ copied, copy }) => (
              <Button size="xs" variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy the command'}
              </Button>
            )}
          </CopyButton>
        )}
      </Group>
      {scaled && 'refusal' in scaled && <Alert color="yellow">{scaled.refusal}</Alert>}
      {scaled && 'command' in scaled && (
        <Code
          block
          data-testid="torchrun-command"
          style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
        >
          {scaled.command}
        </Code>
      )}
    </Section>
  );
}

/** The run's file and its command, or the reason why there is none. */
function scaledRun(
  config: RunConfig,
  backbone: BackboneInUse,
  gpus: number,
): { text: string; command: string } | { refusal: string } {
  const file = fileOf(config.backbone);
  try {
    perProcessBatch(config, gpus);
    const { name, hash, input, convShape, embeddingDim, convFeatureName } = backbone;
    const text = encodeRunFile(config, {
      backboneFile: file,
      backboneName: name,
      backboneHash: hash,
      input,
      convShape,
      embeddingDim,
      convFeature: /\.onnx$/i.test(file) ? convFeatureName : null,
      shards: config.shards,
      centreFiles: config.centreFiles === '' ? [] : [fileOf(config.centreFiles)],
      studioVersion: version,
    });
    return {
      text,
      command: torchrunCommand(RUN_FILE, gpus, {
        backbone: file,
        centres: config.centreFiles === '' ? [] : [fileOf(config.centreFiles)],
      }),
    };
  } catch (thrown) {
    if (!(thrown instanceof StudioError)) throw thrown;
    return { refusal: `${thrown.message} ${thrown.nextStep}` };
  }
}

/** A file's name without its folders and the `files:` of the page. */
const fileOf = (address: string): string =>
  address
    .replace(/^files:/, '')
    .split('/')
    .at(-1)!;
