import { ActionIcon, Group, Popover, Stack, Text } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { kappaPercentile, type KappaProfile } from '../../../evaluation/kappa-profile';
import { Term } from '../../words/term';
import classes from './kappa-gauge.module.css';
import {
  kappaText,
  NO_PERCENTILE,
  profileSource,
  qualityText,
  surenessSentence,
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
      <Group gap={4} wrap="nowrap" align="center">
        <Text className={classes.kappa} data-testid={testId}>
          <Term name="kappa">κ</Term> {kappaText(kappa)}
        </Text>
        <Meaning kappa={kappa} profile={profile} />
      </Group>
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
        {percentile === null ? NO_PERCENTILE : surerThanText(percentile)}
      </Text>
      <Text size="sm" lh={1.35} data-testid={testId && `${testId}-angle`}>
        {surenessSentence(kappa, dimension, profile)}
      </Text>
    </Stack>
  );
}

/** A button that says what κ and its percentile mean. */
function Meaning({ kappa, profile }: { kappa: number; profile: KappaProfile | null }) {
  return (
    <Popover width={320} position="bottom" withArrow shadow="md">
      <Popover.Target>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label="What κ means"
          data-not-on-slide
        >
          <IconInfoCircle size={16} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm">
          κ says how sure the head is of a picture: the larger, the closer to its person the picture
          is expected to lie. {profile ? profileSource(profile) : NO_PROFILE}
        </Text>
        {profile && (
          <Text size="sm" mt={6}>
            {qualityText(kappa, profile)}
          </Text>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

const NO_PROFILE =
  'It has no unit: its place among the head’s validation pictures says how sure it is. This head ' +
  'was exported before its run ended, or by an older version, and carries none. Train it again.';
