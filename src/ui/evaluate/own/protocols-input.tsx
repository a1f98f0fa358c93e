import { Checkbox, Stack } from '@mantine/core';
import { degradedShares, type DegradedShare } from '../../../inference/picture-plan';

const shareLabels: Readonly<Record<DegradedShare, string>> = {
  none: 'Pairs as they are',
  one: 'One of each pair degraded',
  both: 'Both degraded',
};

/** Which pairs and templates a set is evaluated on. */
export interface ChosenProtocols {
  readonly shares: readonly DegradedShare[];
  readonly templates: boolean;
  /** Pictures a template. */
  readonly size: number;
}

/** Chooses the protocols of a set. */
export function ProtocolsInput({
  chosen,
  hasPairs,
  canPool,
  locked,
  onChange,
}: {
  chosen: ChosenProtocols;
  /** Whether the set has pairs, or is not known yet. */
  hasPairs: boolean;
  /** Whether the set's people are known, for templates. */
  canPool: boolean;
  locked: boolean;
  onChange: (change: Partial<ChosenProtocols>) => void;
}) {
  const { shares, templates, size } = chosen;
  return (
    <Stack gap="xs" role="group" aria-label="Protocols">
      {degradedShares.map((share) => (
        <Checkbox
          key={share}
          label={shareLabels[share]}
          checked={shares.includes(share)}
          disabled={locked || !hasPairs}
          onChange={({ currentTarget: { checked } }) =>
            onChange({
              shares: degradedShares.filter((each) =>
                each === share ? checked : shares.includes(each),
              ),
            })
          }
        />
      ))}
      <Checkbox
        label={`Templates of ${size}: one picture as it is, the others degraded`}
        checked={templates}
        disabled={locked || !canPool}
        onChange={({ currentTarget }) => onChange({ templates: currentTarget.checked })}
      />
    </Stack>
  );
}
