import { Progress as ProgressBar, Stack, Text, Title } from '@mantine/core';
import { count, duration } from '../../components/format';
import { rateWords } from '../../../core/number-words';
import type { Progress } from '../../../core/progress-meter';
import { useStudio } from '../../shell/use-studio';
import { FaceMapPanel } from '../map/face-map-panel';
import { shownProgress } from '../train-slice';
import { useLastProgress } from './use-last-progress';
import classes from './watch.module.css';

/** A run that is made ready: its progress, and the faces that come in. */
export function Preparing() {
  const progress = useLastProgress(useStudio(shownProgress));
  const retry = useStudio((state) => state.retry);
  const map = useStudio((state) => state.faceMap);
  const isRecovering = useStudio(({ runState }) => runState === 'recovering');
  return (
    <Stack gap="md" data-testid="preparing">
      <Stack gap={6}>
        <Title order={2} size="h3">
          {isRecovering ? 'Going on after a fault of the device' : 'Every face becomes a direction'}
        </Title>
        <PreparationBar progress={progress} />
        {retry && (
          <Text size="sm" c="orange" role="status">
            Trying again: {retry}
          </Text>
        )}
      </Stack>
      {map ? <FaceMapPanel map={map} canFetch={false} /> : <div className={classes.placeholder} />}
    </Stack>
  );
}

/** How far it is, in one line that keeps its place. */
function PreparationBar({ progress }: { readonly progress: Progress | null }) {
  const share = shareOf(progress);
  return (
    <>
      <ProgressBar
        value={share === null ? 100 : 100 * share}
        striped={share === null}
        animated={share === null}
        aria-label={progress?.label ?? 'Getting ready'}
      />
      <Text size="sm" c="dimmed" className={classes.figures} data-testid="preparation">
        {preparationWords(progress)}
      </Text>
    </>
  );
}

const shareOf = (progress: Progress | null): number | null =>
  progress?.total ? progress.done / progress.total : null;

/**
 * Progress in words; without a count before the first of what is counted has come: "0 B of 42 MiB"
 * tells nothing.
 */
function preparationWords(progress: Progress | null): string {
  if (!progress) return 'Getting ready …';
  const { label, done, total, unit, perSecond } = progress;
  if (done === 0 || unit === 'bytes') return `${label} …`;
  const parts = [`${count(done)}${total === null ? '' : ` of ${count(total)}`} ${unit}`];
  if (perSecond > 0) parts.push(rateWords(perSecond));
  const left = total === null || perSecond <= 0 ? 0 : (total - done) / perSecond;
  if (left >= 1) parts.push(`about ${duration(left)} left`);
  return parts.join(' · ');
}
