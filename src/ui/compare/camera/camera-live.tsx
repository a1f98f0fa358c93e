import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { methodsInOrder, methodTitles } from '../../../confidence/methods';
import { oneIn } from '../../../core/number-words';
import { quantile } from '../../../evaluation/distribution';
import type { CameraReading } from '../../../studio/protocol';
import { Crop } from '../../components/crop';
import { CompactKappa, PercentileMark } from '../../components/kappa/kappa-reading';
import { kappaText } from '../../components/kappa/kappa-words';
import { HeadChip } from '../../heads/head-chip';
import { useStudio } from '../../shell/use-studio';
import { HeadWarning } from '../../train/head-warning';
import { useHeadName, useIsTraining, useReading } from '../use-reading';
import {
  decisive,
  digitsOf,
  heldScores,
  noVerdictText,
  verdictOn,
  type Verdict,
} from '../verdict/verdict';
import { Mark } from '../verdict/mark';
import { ReferencePairs } from '../verdict/verdict-words';
import { CameraTrace } from './camera-trace';
import { CameraView } from './camera-view';

/** The false accept rate of the threshold line. */
const FAR = 0.01;
/** How frames are read: fast. */
const POLICY = 'single';

/** The camera's picture, κ of the face in it, and whether it is the person enrolled. */
export function CameraLive({ stream }: { stream: MediaStream }) {
  const camera = useStudio((state) => state.camera);
  const trace = useStudio((state) => state.cameraTrace);
  const reading = useReading(POLICY, 'camera');
  const profile = reading?.kappa ?? null;
  const match = camera?.face?.match ?? null;
  const deciding = match && decisive(heldScores(match, reading), null);
  const verdict = deciding ? verdictOn(deciding, FAR) : null;
  // The view's own warning is about the head of the two sides.
  const hasOtherHead = useStudio(
    ({ cameraHead, headInUse }) => cameraHead?.name !== headInUse?.name,
  );
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <CameraView stream={stream} />
      <Stack gap="sm">
        {hasOtherHead && <HeadWarning of="photographs" />}
        <Group align="flex-start" wrap="nowrap">
          {camera?.face && (
            <Crop pixels={camera.face.crop} label="What the backbone sees" side={84} />
          )}
          {camera?.enrolled && (
            <Stack gap={2}>
              <Crop
                pixels={camera.enrolled.crop}
                label="Who is enrolled: the surest frame"
                side={84}
              />
              <Text size="xs" style={{ fontVariantNumeric: 'tabular-nums' }}>
                <CompactKappa kappa={camera.enrolled.kappa} profile={profile} />
              </Text>
            </Stack>
          )}
          <Stack gap={2}>
            <Group gap="xs" wrap="nowrap" align="flex-start">
              {verdict && <Mark accepted={verdict.accepted} size={24} />}
              <Text fw={600} role="status" data-testid="camera-verdict">
                {verdictWords(camera, verdict)}
              </Text>
            </Group>
            {verdict && (
              <Text size="xs" c="dimmed">
                by {methodTitles[verdict.method]}, at {oneIn(FAR)} false accepts
              </Text>
            )}
          </Stack>
        </Group>
        <Group>
          <HeadChip of="camera" />
        </Group>
        <CameraTrace
          title="κ"
          points={trace}
          valueOf={({ kappa }) => kappa}
          from={0}
          to={profile?.all[95] ?? 1500}
          format={kappaText}
          aside={<PercentileMark kappa={trace.at(-1)?.kappa ?? null} profile={profile} />}
          testId="camera-kappa"
          colour="var(--scf-confidence)"
        />
        {camera?.enrolled && <ScoreTrace verdict={verdict} />}
      </Stack>
    </SimpleGrid>
  );
}

/** The score that decides over the last frames, with its threshold. */
function ScoreTrace({ verdict }: { verdict: Verdict | null }) {
  const trace = useStudio((state) => state.cameraTrace);
  const reading = useReading(POLICY, 'camera');
  const head = useHeadName('camera');
  const isTraining = useIsTraining('camera');
  const scores = trace.findLast((point) => point.scores)?.scores;
  if (!scores) return null;
  const held = decisive(heldScores({ policy: POLICY, scores }, reading), null);
  const method = held?.method ?? methodsInOrder(scores)[0]!;
  const point = verdict?.point ?? (held && verdictOn(held, FAR)?.point);
  return (
    <>
      <CameraTrace
        title={method === 'cosine' ? 'cos θ' : `${methodTitles[method]} score`}
        points={trace}
        valueOf={(frame) => frame.scores?.[method] ?? null}
        from={held ? quantile(held.among.impostor, 0.01) : 0}
        to={held ? quantile(held.among.genuine, 0.99) : 1}
        format={(score) => score.toFixed(digitsOf(method))}
        line={point && { at: point.threshold, name: `threshold of ${oneIn(FAR)} false accepts` }}
        colour="var(--mantine-color-teal-6)"
      />
      <Text size="xs" c="dimmed">
        {held && reading ? (
          <>
            Head: {head}. <ReferencePairs reading={reading} /> On your camera the rates may differ.
          </>
        ) : (
          noVerdictText(head, POLICY, isTraining)
        )}
      </Text>
    </>
  );
}

function verdictWords(camera: CameraReading | null, verdict: Verdict | null): string {
  if (!camera) return 'Waiting for the first frame.';
  if (camera.enrolling)
    return (
      `Enrolling: ${camera.enrolling.taken} of ${camera.enrolling.wanted} frames. ` +
      'Look at the camera.'
    );
  if (!camera.face) return 'No face is in sight.';
  const others =
    camera.faces > 1 ? ` ${camera.faces} faces are in sight; the main one is read.` : '';
  if (!camera.face.match) return `A face is in sight; nobody is enrolled.${others}`;
  if (verdict === null) return `Compared with the person enrolled.${others}`;
  const accepted = verdict.accepted ? 'Accepted' : 'Not accepted';
  return `${accepted} as the person enrolled.${others}`;
}
