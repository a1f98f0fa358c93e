import { Stack, Text } from '@mantine/core';
import { kappaPercentile, type KappaProfile } from '../../../evaluation/kappa-profile';
import { Term } from '../../words/term';
import classes from './kappa-gauge.module.css';
import {
  kappaText,
  NO_PERCENTILE,
  surenessSentence,
  surerThan,
  surerThanText,
} from './kappa-words';

export interface KappaGaugeProps {
  /** null if the picture was read without a head. */
  readonly kappa: number | null;
  /** Of the head and the policy that the picture was read with; null if the head has none. */
  readonly profile: KappaProfile | null;
  /** Of the embedding. */
  readonly dimension: number;
  /** Whose κ it is: "face A". */
  readonly of: string;
  readonly testId?: string;
}

/** κ of a picture, its place among the head's validation pictures, and the angle it stands for. */
export function KappaGauge({ kappa, profile, dimension, of, testId }: KappaGaugeProps) {
  if (kappa === null)
    return (
      <Stack gap={4}>
        <Text size="xl" fw={650} data-testid={testId}>
          κ –
        </Text>
        <Text size="xs" c="dimmed">
          There is no κ until a head has been trained or chosen.
        </Text>
      </Stack>
    );
  const percentile = profile && kappaPercentile(kappa, profile);
  return (
    <Stack gap={4}>
      <Text className={classes.kappa} data-testid={testId}>
        <Term name="kappa">κ</Term> {kappaText(kappa)}
      </Text>
      {percentile !== null && (
        <div
          className={classes.track}
          role="meter"
          aria-label={`How sure ${of} is`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(percentile)}
          aria-valuetext={surerThanText(percentile)}
        >
          <div className={classes.fill} style={{ width: `${percentile}%` }} />
          <div className={classes.mark} style={{ left: `${percentile}%` }} />
        </div>
      )}
      <Text size="xs" c="dimmed" lh={1.35} data-testid={testId && `${testId}-place`}>
        {percentile === null ? (
          NO_PERCENTILE
        ) : (
          <>
            <Term name="percentile">{surerThan(percentile)}</Term> the <Term name="head">head</Term>
            ’s <Term name="validation">validation pictures</Term>
          </>
        )}
      </Text>
      <Text size="sm" lh={1.35} data-testid={testId && `${testId}-angle`}>
        {surenessSentence(kappa, dimension, profile)}
      </Text>
    </Stack>
  );
}
