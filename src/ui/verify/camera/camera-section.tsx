import { Alert, Button, Group, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { isAccepted, operatingPoint, type OperatingPoint } from '../../../evaluation/roc';
import { frameRate, initialCameraState, type CameraPoint } from './camera-slice';
import { HeadChip } from '../../heads/head-chip';
import { count, fixed } from '../../components/format';
import { NetworkPolicyNote } from '../../shell/network-note';
import { Section } from '../../components/section';
import { send } from '../../shell/studio-client';
import { studioStore } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { useCameraDistributions } from '../use-distributions';
import {
  cameras,
  cameraProblem,
  closeCamera,
  openCamera,
  type CameraProblem,
} from './camera-stream';
import { CameraTrace } from './camera-trace';
import { CameraView } from './camera-view';
import { Crop } from '../../components/crop';

/** The false accept rate of the threshold line. */
const FAR = 0.01;
/** Milliseconds after which a hidden page turns the camera off. */
const MAX_HIDDEN_MS = 60_000;

/** The live camera: κ of the face in view, and whether it is the enrolled person. */
export function CameraSection() {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [devices, setDevices] = useState<Awaited<ReturnType<typeof cameras>>>([]);
  const [problem, setProblem] = useState<CameraProblem | null>(null);
  const [isOpening, setOpening] = useState(false);
  const isReady = useStudio((state) => state.backend !== null);
  const open = useRef<MediaStream | null>(null);
  const turnOff = () => {
    if (open.current) closeCamera(open.current);
    open.current = null;
    setStream(null);
    send({ type: 'camera-forget' });
    studioStore.setState(initialCameraState);
  };
  const turnOn = async (device: string | null) => {
    turnOff();
    setProblem(null);
    setOpening(true);
    try {
      const opened = await openCamera(device, () => {
        turnOff();
        setProblem({
          message: 'The camera stopped: it was unplugged, or access to it was withdrawn.',
          nextStep: 'Plug it in, and turn it on again.',
        });
      });
      open.current = opened;
      setStream(opened);
      setDevices(await cameras());
    } catch (thrown) {
      setProblem(cameraProblem(thrown));
    } finally {
      setOpening(false);
    }
  };
  useTurnOff(turnOff);
  return (
    <Section title="Camera" testId="camera" aside={stream && <Rates />}>
      {problem && (
        <Alert
          role="alert"
          color="red"
          withCloseButton
          closeButtonLabel="Dismiss"
          onClose={() => setProblem(null)}
        >
          {problem.message} {problem.nextStep}
        </Alert>
      )}
      {stream ? (
        <Live stream={stream} />
      ) : (
        <Text size="sm" c="dimmed">
          Turn it on, enrol a person, and see κ and the match change as they turn, blur or cover
          their face. Frames are read in this page and forgotten; nothing is stored, and nothing
          leaves it.
        </Text>
      )}
      <NetworkPolicyNote />
      <Group gap="sm">
        {stream ? (
          <>
            <Enrolment />
            <Button size="xs" variant="default" onClick={turnOff}>
              Turn off
            </Button>
            {devices.length > 1 && (
              <Select
                size="xs"
                aria-label="Which camera"
                data={devices.map(({ id, name }) => ({ value: id, label: name }))}
                value={stream.getVideoTracks()[0]?.getSettings().deviceId ?? null}
                allowDeselect={false}
                onChange={(id) => void turnOn(id)}
              />
            )}
          </>
        ) : (
          <Button
            size="xs"
            disabled={!isReady}
            loading={isOpening}
            onClick={() => void turnOn(null)}
          >
            Turn on the camera
          </Button>
        )}
      </Group>
    </Section>
  );
}

/** Turns the camera off when the view is left, and when the page was hidden for a while. */
function useTurnOff(turnOff: () => void): void {
  const latest = useRef(turnOff);
  useEffect(() => {
    latest.current = turnOff;
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onVisibility = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => latest.current(), MAX_HIDDEN_MS);
    };
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
      latest.current();
    };
  }, []);
}

function Rates() {
  const trace = useStudio((state) => state.cameraTrace);
  const milliseconds = useStudio((state) => state.camera?.milliseconds);
  const rate = frameRate(trace);
  return (
    <Text
      size="xs"
      c="dimmed"
      data-testid="camera-rate"
      style={{ fontVariantNumeric: 'tabular-nums' }}
    >
      {rate === null
        ? 'Reading the first frames'
        : `${fixed(rate, 1)} frames a second read, ${fixed(milliseconds, 0)} ms each`}
    </Text>
  );
}

function Live({ stream }: { stream: MediaStream }) {
  const reading = useStudio((state) => state.camera);
  const trace = useStudio((state) => state.cameraTrace);
  const match = reading?.face?.match;
  const distributions = useCameraDistributions(match?.policy ?? 'single');
  const scored = match?.scores.scf !== undefined ? 'scf' : 'cosine';
  const among = distributions.find(({ method }) => method === scored);
  const point = among && operatingPoint(among.genuine, among.impostor, FAR);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <CameraView stream={stream} />
      <Stack gap="sm">
        <Group align="flex-start" wrap="nowrap">
          {reading?.face ? (
            <Crop pixels={reading.face.crop} label="What the backbone sees" side={84} />
          ) : null}
          {reading?.enrolled && (
            <Crop
              pixels={reading.enrolled.crop}
              label="Who is enrolled: the surest frame"
              side={84}
            />
          )}
          <Text size="sm" role="status" data-testid="camera-verdict">
            {verdict(reading, point ?? null)}
          </Text>
        </Group>
        <Group>
          <HeadChip of="camera" />
        </Group>
        <CameraTrace
          title="κ"
          points={trace}
          valueOf={({ kappa }) => kappa}
          from={0}
          to={1500}
          digits={0}
          colour="var(--mantine-color-indigo-6)"
        />
        {reading?.enrolled && (
          <>
            <CameraTrace
              {...(scored === 'scf' ? scfAxis(point?.threshold ?? 0) : cosineAxis)}
              points={trace}
              line={
                point && {
                  at: point.threshold,
                  name: `threshold of one false accept in ${Math.round(1 / FAR)}`,
                }
              }
              colour="var(--mantine-color-teal-6)"
            />
            <Text size="xs" c="dimmed">
              {point ? measuredOn(among.impostor.length) : NO_THRESHOLD}
            </Text>
          </>
        )}
      </Stack>
    </SimpleGrid>
  );
}

const NO_THRESHOLD =
  'No threshold is known: it is measured on pairs of known identity. Train a head, or load one.';

const measuredOn = (pairs: number): string =>
  `The threshold was measured on ${count(pairs)} pairs of two people that the head was not ` +
  'trained on, degraded pictures among them; on your camera it may differ.';

const cosineAxis = {
  title: 'cos θ',
  valueOf: ({ cosTheta }: CameraPoint) => cosTheta,
  from: -0.2,
  to: 1,
  digits: 2,
};

const scfAxis = (threshold: number) => ({
  title: 'SCF score, Eqn (13)',
  valueOf: ({ scfScore }: CameraPoint) => scfScore,
  from: threshold - 100,
  to: threshold + 100,
  digits: 0,
});

function verdict(
  reading: ReturnType<typeof studioStore.getState>['camera'],
  point: OperatingPoint | null,
): string {
  if (!reading) return 'Waiting for the first frame.';
  if (reading.enrolling)
    return (
      `Enrolling: ${reading.enrolling.taken} of ${reading.enrolling.wanted} frames. ` +
      'Look at the camera.'
    );
  if (!reading.face) return 'No face is in sight.';
  const others =
    reading.faces > 1 ? ` ${reading.faces} faces are in sight; the main one is read.` : '';
  if (!reading.face.match) return `A face is in sight; nobody is enrolled.${others}`;
  if (point === null) return `Compared with the person enrolled.${others}`;
  const { scores } = reading.face.match;
  const score = scores.scf ?? scores.cosine;
  const accepted = isAccepted(score, point) ? 'Accepted' : 'Not accepted';
  return `${accepted} as the person enrolled.${others}`;
}

function Enrolment() {
  const enrolled = useStudio((state) => state.camera?.enrolled);
  const enrolling = useStudio((state) => state.camera?.enrolling);
  return (
    <>
      <Button
        size="xs"
        disabled={enrolling !== null && enrolling !== undefined}
        onClick={() => send({ type: 'camera-enrol' })}
      >
        {enrolled ? 'Enrol again' : 'Enrol this person'}
      </Button>
      {enrolled && (
        <Button size="xs" variant="default" onClick={() => send({ type: 'camera-forget' })}>
          Forget
        </Button>
      )}
    </>
  );
}
