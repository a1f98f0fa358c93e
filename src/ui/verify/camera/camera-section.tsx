import { Alert, Button, Group, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { operatingPoint } from '../../../evaluation/roc';
import { frameRate, initialCameraState } from './camera-slice';
import { count, fixed } from '../../components/format';
import { NetworkPolicyNote } from '../../shell/network-note';
import { Section } from '../../components/section';
import { send } from '../../shell/studio-client';
import { studioStore } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
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

/** False accepts that the line across the score's trace allows. */
const FAR = 0.01;
/** A page that nobody looks at gives the camera back after so long. */
const MAX_HIDDEN_MS = 60_000;

/**
 * The camera, live: how sure the head is of a face as it turns, blurs and hides, and whether it is
 * the person that was enrolled.
 */
export function CameraSection() {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [devices, setDevices] = useState<Awaited<ReturnType<typeof cameras>>>([]);
  const [trouble, setTrouble] = useState<CameraProblem | null>(null);
  const [isOpening, setOpening] = useState(false);
  const isReady = useStudio((state) => state.backend !== null);
  const held = useRef<MediaStream | null>(null);
  const turnOff = () => {
    if (held.current) closeCamera(held.current);
    held.current = null;
    setStream(null);
    send({ type: 'camera-forget' });
    studioStore.setState(initialCameraState);
  };
  const turnOn = async (device: string | null) => {
    turnOff();
    setTrouble(null);
    setOpening(true);
    try {
      const opened = await openCamera(device, () => {
        turnOff();
        setTrouble({
          message: 'The camera has gone: it was unplugged, or taken away.',
          nextStep: 'Plug it in, and turn it on again.',
        });
      });
      held.current = opened;
      setStream(opened);
      setDevices(await cameras());
    } catch (thrown) {
      setTrouble(cameraProblem(thrown));
    } finally {
      setOpening(false);
    }
  };
  useLeaving(turnOff);
  return (
    <Section title="Camera" testId="camera" aside={stream && <Rates />}>
      {trouble && (
        <Alert
          role="alert"
          color="red"
          withCloseButton
          closeButtonLabel="Dismiss"
          onClose={() => setTrouble(null)}
        >
          {trouble.message} {trouble.nextStep}
        </Alert>
      )}
      {stream ? (
        <Live stream={stream} />
      ) : (
        <Text size="sm" c="dimmed">
          Turn it on, enrol a person, and see κ and the match move as they turn, blur or cover their
          face. Frames are read in this page and forgotten; nothing is stored, and nothing leaves
          it.
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

/** Gives the camera back when the view is left, and when nobody has looked for a while. */
function useLeaving(leave: () => void): void {
  const latest = useRef(leave);
  useEffect(() => {
    latest.current = leave;
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heed = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => latest.current(), MAX_HIDDEN_MS);
    };
    document.addEventListener('visibilitychange', heed);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', heed);
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
  const distributions = useStudio((state) => state.distributions);
  const scored =
    reading?.face?.match?.scfScore !== null && reading?.face?.match !== undefined
      ? 'scf'
      : 'cosine';
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
            {verdict(reading, point?.threshold ?? null)}
          </Text>
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
              title={scored === 'scf' ? 'SCF score, Eqn (13)' : 'cos θ'}
              points={trace}
              valueOf={(each) => (scored === 'scf' ? each.scfScore : each.cosTheta)}
              from={scored === 'scf' ? (point?.threshold ?? 0) - 100 : -0.2}
              to={scored === 'scf' ? (point?.threshold ?? 0) + 100 : 1}
              digits={scored === 'scf' ? 0 : 2}
              line={
                point && {
                  at: point.threshold,
                  name: `threshold of one false accept in ${Math.round(1 / FAR)}`,
                }
              }
              colour="var(--mantine-color-teal-6)"
            />
            <Text size="xs" c="dimmed">
              {point
                ? `The threshold was measured on ${count(among.impostor.length)} pairs of ` +
                  'two people that the head was not trained on, degraded pictures among ' +
                  'them; your camera is another.'
                : 'No threshold is known: there are no pairs whose truth is known. Train a head, or load one.'}
            </Text>
          </>
        )}
      </Stack>
    </SimpleGrid>
  );
}

function verdict(
  reading: ReturnType<typeof studioStore.getState>['camera'],
  threshold: number | null,
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
  if (threshold === null) return `Compared with whoever is enrolled.${others}`;
  const score = reading.face.match.scfScore ?? reading.face.match.cosTheta;
  return `${score >= threshold ? 'Accepted as the person enrolled.' : 'Not accepted as the person enrolled.'}${others}`;
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
        {enrolled ? 'Enrol anew' : 'Enrol this person'}
      </Button>
      {enrolled && (
        <Button size="xs" variant="default" onClick={() => send({ type: 'camera-forget' })}>
          Forget
        </Button>
      )}
    </>
  );
}
