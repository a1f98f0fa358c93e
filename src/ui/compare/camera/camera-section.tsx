import { Button, Group, Select, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { CameraLive } from './camera-live';
import { frameRate, initialCameraState } from './camera-slice';
import { FaultAlert } from '../../components/fault-alert';
import { fixed } from '../../components/format';
import { NetworkPolicyNote } from '../../shell/network-note';
import { Section } from '../../components/section';
import { send } from '../../shell/client/studio-client';
import { studioStore } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import {
  cameras,
  cameraProblem,
  closeCamera,
  openCamera,
  type CameraProblem,
} from './camera-stream';

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
      {problem && <FaultAlert fault={problem} onDismiss={() => setProblem(null)} />}
      {stream ? (
        <CameraLive stream={stream} />
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
