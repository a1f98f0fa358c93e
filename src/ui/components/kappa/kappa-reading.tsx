import { ActionIcon, Group, Popover, Stack, Text } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { kappaPercentile, type KappaProfile } from '../../../evaluation/kappa-profile';
import {
  kappaText,
  NO_PERCENTILE,
  percentileMark,
  placeText,
  profileSource,
  QUALITY_MEANING,
} from './kappa-words';

interface KappaReadingProps {
  /** null if the picture was read without a head. */
  readonly kappa: number | null;
  /** Of the head and the policy that the picture was read with; null if the head has none. */
  readonly profile: KappaProfile | null;
}

/** κ of a picture with its quality and percentile, and on request what they mean. */
export function KappaReading({
  kappa,
  profile,
  testId,
}: KappaReadingProps & { readonly testId?: string }) {
  return (
    <Stack gap={0}>
      <Text size="xl" fw={700} data-testid={testId} style={{ fontVariantNumeric: 'tabular-nums' }}>
        κ {kappaText(kappa)}
      </Text>
      {kappa === null ? (
        <Text size="xs" c="dimmed">
          There is no κ until a head has been trained or chosen.
        </Text>
      ) : (
        <Group gap={4} wrap="nowrap" align="center">
          <Text size="sm" data-testid={testId && `${testId}-place`}>
            {profile ? placeText(kappa, profile) : NO_PERCENTILE}
          </Text>
          <Meaning profile={profile} />
        </Group>
      )}
    </Stack>
  );
}

/** κ and its percentile on one short line: "κ 1,536 · p81". */
export function CompactKappa({ kappa, profile }: KappaReadingProps) {
  return (
    <>
      κ {kappaText(kappa)}
      <PercentileMark kappa={kappa} profile={profile} />
    </>
  );
}

/** " · p81" after a κ; nothing without a profile. */
export function PercentileMark({ kappa, profile }: KappaReadingProps) {
  if (kappa === null || !profile) return null;
  const percentile = kappaPercentile(kappa, profile);
  return (
    <>
      {' · '}
      <abbr title={placeText(kappa, profile)} style={{ textDecoration: 'none' }}>
        {percentileMark(percentile)}
      </abbr>
    </>
  );
}

/** A button that says what quality and percentile mean. */
function Meaning({ profile }: { profile: KappaProfile | null }) {
  return (
    <Popover width={300} position="bottom" withArrow shadow="md">
      <Popover.Target>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label="What quality and percentile mean"
          data-not-on-slide
        >
          <IconInfoCircle size={16} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="xs">
          {profile
            ? `${QUALITY_MEANING} ${profileSource(profile)} A larger κ is surer.`
            : 'κ has no unit: its percentile among the validation pictures of the head says how ' +
              'sure it is. This head was exported before its run ended, or by an older version. ' +
              'Train it again with this studio.'}
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}
