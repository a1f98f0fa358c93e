import { Group, SimpleGrid, Stack, Text, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { confidenceSymbols } from '../../../confidence/methods';
import { kappaPercentile, type KappaProfile } from '../../../evaluation/kappa-profile';
import type { StepMetrics, ValidationResult } from '../../../training/session/run-events';
import { HeadChip } from '../../heads/head-chip';
import { counted, fixed } from '../../components/format';
import { percentileMark } from '../../components/kappa/kappa-words';
import { shownRunConfig } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { Term } from '../../words/term';
import classes from './watch.module.css';

/** The latest figures of the run, and whose head they are of. */
export function RunFigures() {
  return (
    <Stack gap="xs">
      <Figures />
      <WhoseHead />
    </Stack>
  );
}

/** Says that κ of the tiles is the run's, and names the head that faces are compared with. */
function WhoseHead() {
  const symbol = useStudio((state) => confidenceSymbols[shownRunConfig(state).method]);
  const step = useStudio(({ latest }) => (latest ? ` at step ${latest.step}` : ''));
  return (
    <Group gap="xs">
      <Text size="xs" c="dimmed">
        {symbol} above is of this run’s head{step}. Faces are compared with:
      </Text>
      <HeadChip />
    </Group>
  );
}

function Figures() {
  // Steps and validations during a run read one view of a picture.
  const profile = useStudio(
    ({ runReadings }) => runReadings.find(({ policy }) => policy === 'single')?.kappa ?? null,
  );
  const latest = useStudio((state) => state.latest);
  const validation = useStudio((state) => state.validation);
  const symbol = useStudio((state) => confidenceSymbols[shownRunConfig(state).method]);
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }}>
      <Tile
        label={<Term name="loss">Loss</Term>}
        value={fixed(latest?.loss)}
        note={lossNote(latest)}
      />
      <Tile
        label={
          <>
            <Term name="kappa">{symbol}</Term>, mean
          </>
        }
        value={fixed(latest?.kappaMean, 0)}
        note={latest ? concentrationNote(latest, profile) : undefined}
      />
      <Tile
        label={
          <>
            <Term name="cosTheta">cos θ</Term>, mean
          </>
        }
        value={fixed(latest?.cosThetaMean, 3)}
        note="to the class centre"
      />
      <Tile
        label={
          <>
            <Term name="spearman">ρ</Term> of {symbol} and cos θ
          </>
        }
        value={fixed(validation?.spearman, 3)}
        testId="spearman"
        note={validationNote(validation)}
      />
      <Tile
        label="ρ, clean pictures"
        value={fixed(validation?.spearmanClean, 3)}
        testId="spearman-clean"
        note="of their pictures that are not degraded"
      />
      <VisuallyHidden aria-live="polite">
        {validation &&
          `Epoch ${validation.epoch}: validation Spearman ${fixed(validation.spearman, 3)}.`}
      </VisuallyHidden>
    </SimpleGrid>
  );
}

/** Says what the loss is of, or at which step it is not finite. */
function lossNote(latest: StepMetrics | null): string | undefined {
  if (!latest) return undefined;
  if (Number.isFinite(latest.loss)) return 'of the last batch; Runs shows it smoothed';
  return `${latest.loss} at step ${latest.step}`;
}

/**
 * The spread of κ in the batch and the percentile of its mean, or the step at which it is not
 * finite.
 */
function concentrationNote(
  { step, kappaMean, kappaLow, kappaHigh }: StepMetrics,
  profile: KappaProfile | null,
): string {
  if (!Number.isFinite(kappaMean)) return `${kappaMean} at step ${step}`;
  const spread = `${fixed(kappaLow, 0)} to ${fixed(kappaHigh, 0)} in 90 % of the batch`;
  if (!profile) return spread;
  return `${spread}; ${percentileMark(kappaPercentile(kappaMean, profile))} of validation pictures`;
}

function validationNote(validation: ValidationResult | null): ReactNode {
  if (!validation) return 'after the first epoch';
  const { images, identities, spearmanInterval } = validation;
  const people = counted(identities, 'unseen person', 'unseen people');
  const on = `${counted(images, 'picture')} of ${people}`;
  if (!spearmanInterval) return on;
  return (
    <>
      <Term name="interval">95 % interval</Term> {spearmanInterval.map(shown).join(' to ')}; {on}
    </>
  );
}

const shown = (rho: number): string => fixed(rho, 3);

function Tile({
  label,
  value,
  note,
  testId,
}: {
  label: ReactNode;
  value: string;
  note?: ReactNode;
  testId?: string;
}) {
  return (
    <div className={classes.figure}>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <div className={classes.value} data-testid={testId}>
        {value}
      </div>
      <Text size="xs" c="dimmed">
        {note ?? ' '}
      </Text>
    </div>
  );
}
