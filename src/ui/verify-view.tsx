import { Alert, Button, Card, Group, Image, Loader, SegmentedControl, SimpleGrid, Slider, Stack, Text, Title, UnstyledButton } from '@mantine/core';
import { Dropzone, IMAGE_MIME_TYPE } from '@mantine/dropzone';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Bar, BarChart, CartesianGrid, ReferenceLine, XAxis, YAxis } from 'recharts';
import { histogram, shareBelow } from '../evaluation/distribution';
import { operatingPoint } from '../evaluation/roc';
import { pristine, type DegradationLevels } from '../faces/face-record';
import type { FaceSlot, SampleFace } from '../studio/protocol';
import type { PairDistributions } from '../training/run-events';
import { axis, ChartCard } from './charts';
import { askLook, SAMPLES } from './data/ask';
import { unaskedOrigins } from './data/use-source';
import { count, fixed, percent } from './figures';
import { usePictureUrls } from './picture-urls';
import { send } from './studio-client';
import { receive, studioStore, type StudioState } from './studio-store';
import { useStudio } from './use-studio';
import { CameraSection } from './verify/camera-section';
import { Crop } from './verify/crop';

const BINS = 40;
const FALSE_ACCEPT_RATES = ['0.1', '0.01', '0.001'];
const sliders: readonly (readonly [keyof DegradationLevels, string])[] = [
  ['blur', 'Blur'],
  ['resolution', 'Low resolution'],
  ['occlusion', 'Occlusion'],
  ['exposure', 'Exposure'],
  ['noise', 'Noise'],
  ['jpeg', 'JPEG compression'],
];

/** Two faces, how sure the head is of each, and what their score means among pairs whose truth is known. */
export function VerifyView() {
  const ready = useStudio((state) => state.backend !== null);
  const hasSamples = useStudio((state) => samplesOf(state).length > 0);
  useEffect(() => {
    const state = studioStore.getState();
    if (ready && !state.pending && samplesOf(state).length === 0 && unaskedOrigins(state).length === 0) askLook(SAMPLES);
  }, [ready]);
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <FacePanel slot="a" />
        <FacePanel slot="b" />
      </SimpleGrid>
      {!hasSamples && <NoSamples />}
      <Comparison />
      <CameraSection />
    </Stack>
  );
}

const none: readonly SampleFace[] = [];
/** The samples to choose from: those of the last look, which the worker holds. */
const samplesOf = (state: StudioState): readonly SampleFace[] => state.look?.samples ?? none;

function NoSamples() {
  const ready = useStudio((state) => state.backend !== null && !state.pending);
  const isElsewhere = useStudio((state) => unaskedOrigins(state).length > 0);
  return (
    <Group>
      <Text size="sm" c="dimmed">
        {isElsewhere ? 'No samples yet: the shards lie on another machine. Look at them in the Data view first.' : 'No samples yet: they come from the shards named under “Shards”.'}
      </Text>
      {!isElsewhere && (
        <Button size="xs" variant="default" disabled={!ready} onClick={() => askLook(SAMPLES)}>
          Load samples
        </Button>
      )}
    </Group>
  );
}

function FacePanel({ slot }: { slot: FaceSlot }) {
  const face = useStudio((state) => state.faces[slot]);
  const busy = useStudio((state) => state.busy[slot]);
  const name = `Face ${slot.toUpperCase()}`;
  return (
    <Card withBorder padding="sm" component="section" aria-label={name}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h5">
            {name}
          </Title>
          {busy && <Loader size="xs" aria-label="Embedding" />}
        </Group>
        {face ? (
          <Group align="flex-start" wrap="nowrap">
            <Crop pixels={face.crop} label={`${name}: ${face.name}`} />
            <Stack gap={2}>
              <Text size="xs" c="dimmed">
                {face.name}
              </Text>
              <Text size="xl" fw={700} data-testid={`kappa-${slot}`}>
                κ {fixed(face.kappa, 0)}
              </Text>
              <Text size="xs" c="dimmed">
                {face.kappa === null ? 'There is no κ until a head has been trained.' : 'Larger is surer.'} ‖embedding‖ {fixed(face.embeddingNorm, 1)}
              </Text>
            </Stack>
          </Group>
        ) : (
          <Text size="sm" c="dimmed">
            Choose a sample below, or drop a picture of your own.
          </Text>
        )}
        <SampleStrip slot={slot} />
        <Dropzone
          accept={IMAGE_MIME_TYPE}
          multiple={false}
          p="xs"
          aria-label={`Own picture for ${name.toLowerCase()}`}
          onDrop={([photo]) => photo && send({ type: 'choose-photo', slot, photo, name: photo.name })}
          onReject={([refused]) =>
            receive({
              type: 'error',
              scope: 'verification',
              error: { code: 'bad-image', message: `${refused?.file.name ?? 'The file'} is no picture, by its name or type.`, nextStep: 'Choose a JPEG, PNG or WebP picture.' },
            })
          }
        >
          <Text size="xs" ta="center" c="dimmed">
            Drop a picture with a face, or click. It stays on this machine.
          </Text>
        </Dropzone>
        {face && <Degradations slot={slot} levels={face.levels} key={face.name} />}
      </Stack>
    </Card>
  );
}

function SampleStrip({ slot }: { slot: FaceSlot }) {
  const pictures = usePictureUrls(useStudio(samplesOf));
  return (
    <Group gap={4} wrap="nowrap" style={{ overflowX: 'auto' }} pb={4}>
      {pictures.map(({ key, label, url }) => (
        <UnstyledButton key={key} aria-label={`Person ${label}, picture ${key}, as face ${slot.toUpperCase()}`} onClick={() => send({ type: 'choose-sample', slot, key })}>
          <Image src={url} w={52} h={52} radius="sm" alt="" />
        </UnstyledButton>
      ))}
    </Group>
  );
}

function Degradations({ slot, levels }: { slot: FaceSlot; levels: DegradationLevels }) {
  const [shown, setShown] = useState(levels);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const change = (next: DegradationLevels) => {
    setShown(next);
    // One embedding for a drag, not one for each pixel of it.
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send({ type: 'degrade-face', slot, levels: next }), 120);
  };
  return (
    <Stack gap={2}>
      <SimpleGrid cols={2} spacing="sm" verticalSpacing={2}>
        {sliders.map(([name, label]) => (
          <div key={name}>
            <Text size="xs">{label}</Text>
            <Slider
              size="sm"
              min={0}
              max={1}
              step={0.05}
              value={shown[name]}
              thumbLabel={`${label}, face ${slot.toUpperCase()}`}
              label={(value) => value.toFixed(2)}
              onChange={(value) => change({ ...shown, [name]: value })}
            />
          </div>
        ))}
      </SimpleGrid>
      <Group justify="flex-end">
        <Button size="compact-xs" variant="subtle" onClick={() => change(pristine)}>
          Undo the changes
        </Button>
      </Group>
    </Stack>
  );
}

function Comparison() {
  const pair = useStudio((state) => state.pair);
  const distributions = useStudio((state) => state.distributions);
  const isOwn = useStudio(({ faces }) => Object.values(faces).some(({ origin }) => origin !== 'sample'));
  const [far, setFar] = useState('0.01');
  if (!pair) {
    return <Alert color="gray">Choose two faces, and their comparison appears here.</Alert>;
  }
  return (
    <Card withBorder padding="sm" component="section" aria-label="Comparison">
      <Stack gap="sm">
        <Group justify="space-between">
          <Text fw={600}>
            cos θ <span data-testid="cos-theta">{fixed(pair.cosTheta, 3)}</span>
            {pair.scfScore !== null && (
              <>
                {' · SCF score, Eqn (13): '}
                <span data-testid="scf-score">{fixed(pair.scfScore, 2)}</span>
              </>
            )}
          </Text>
          <Group gap="xs">
            <Text size="xs">False accepts allowed</Text>
            <SegmentedControl
              size="xs"
              aria-label="False accept rate"
              value={far}
              onChange={setFar}
              data={FALSE_ACCEPT_RATES.map((value) => ({ value, label: `1 in ${Math.round(1 / Number(value))}` }))}
            />
          </Group>
        </Group>
        {pair.scfScore !== null && (
          <Text size="xs" c="dimmed">
            The SCF score is a log likelihood: only its order among other pairs means anything.
            {isOwn && ' The pairs below are of the set that the head was trained on; other pictures may have other error rates.'}
          </Text>
        )}
        {distributions.length === 0 && (
          <Text size="sm" c="dimmed">
            What these numbers mean is known only beside pairs whose truth is known. Start a run: its validation pairs are shown here after the
            first epoch. Or evaluate pictures of your own under Evaluate.
          </Text>
        )}
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          {distributions.map((among) => {
            const score = among.method === 'cosine' ? pair.cosTheta : pair.scfScore;
            return score === null ? null : <Distribution key={among.method} among={among} score={score} far={Number(far)} />;
          })}
        </SimpleGrid>
      </Stack>
    </Card>
  );
}

function Distribution({ among, score, far }: { among: PairDistributions; score: number; far: number }) {
  const bins = useMemo(() => histogram(among.genuine, among.impostor, BINS).map((bin) => ({ ...bin, middle: (bin.from + bin.to) / 2 })), [among]);
  const point = useMemo(() => operatingPoint(among.genuine, among.impostor, far), [among, far]);
  const title = among.method === 'cosine' ? 'Cosine' : 'SCF score';
  const [low, high] = [bins[0]?.from ?? 0, bins.at(-1)?.to ?? 1];
  const within = Math.min(high, Math.max(low, score));
  return (
    <Stack gap={4}>
      <ChartCard
        title={title}
        height={170}
        legend={[
          { name: 'one person', colour: 'var(--mantine-color-teal-6)' },
          { name: 'two people', colour: 'var(--mantine-color-orange-6)' },
          { name: 'this pair', colour: 'var(--mantine-color-indigo-6)' },
          { name: 'threshold', colour: 'var(--mantine-color-red-6)' },
        ]}
      >
        <BarChart data={bins} barGap={-6} margin={{ left: 0, right: 8, top: 4 }}>
          <CartesianGrid strokeDasharray="3 3" stroke="var(--mantine-color-default-border)" />
          <XAxis dataKey="middle" type="number" domain={[low, high]} tickFormatter={(value: number) => String(+value.toPrecision(3))} {...axis} />
          <YAxis width={42} tickFormatter={(value: number) => `${+(100 * value).toFixed(1)} %`} {...axis} />
          <Bar dataKey="genuine" fill="var(--mantine-color-teal-6)" fillOpacity={0.6} isAnimationActive={false} />
          <Bar dataKey="impostor" fill="var(--mantine-color-orange-6)" fillOpacity={0.6} isAnimationActive={false} />
          {point && <ReferenceLine x={Math.min(high, Math.max(low, point.threshold))} stroke="var(--mantine-color-red-6)" strokeDasharray="4 3" />}
          <ReferenceLine x={within} stroke="var(--mantine-color-indigo-6)" strokeWidth={2} />
        </BarChart>
      </ChartCard>
      {point ? (
        <Text size="sm" data-testid={`verdict-${among.method}`}>
          <b>{score >= point.threshold ? 'Accepted as one person' : 'Not accepted as one person'}</b> by {among.method === 'scf' ? 'SCF score' : 'cosine'}: {fixed(score, 2)} against a
          threshold of {fixed(point.threshold, 2)}, at which {percent(point.far)} of {count(among.impostor.length)} pairs of two people pass, and{' '}
          {percent(point.tar)} of {count(among.genuine.length)} pairs of one. It is above {percent(shareBelow(among.impostor, score))} of the pairs of two people and{' '}
          {percent(shareBelow(among.genuine, score))} of the pairs of one.
        </Text>
      ) : (
        <Text size="sm">
          A false accept rate of {far} can’t be measured on {count(among.impostor.length)} pairs of two people; it takes at least {count(Math.round(1 / far))}.
        </Text>
      )}
    </Stack>
  );
}
