import { Checkbox, NumberInput, SimpleGrid, Stack } from '@mantine/core';

/** Settings of an evaluation that seldom change. */
export interface ExpertSettings {
  /** Pictures a template. */
  readonly size: number;
  readonly seed: number;
  /** Draws of the degradations. */
  readonly draws: number;
  readonly areCrops: boolean;
  readonly alignAll: boolean;
}

/** Changes those settings. */
export function ExpertInput({
  settings,
  locked,
  onChange,
}: {
  settings: ExpertSettings;
  locked: boolean;
  onChange: (change: Partial<ExpertSettings>) => void;
}) {
  const { size, seed, draws, areCrops, alignAll } = settings;
  const number = (
    label: string,
    value: number,
    [min, max]: readonly [number, number],
    change: (value: number) => void,
    description?: string,
  ) => (
    <NumberInput
      size="sm"
      label={label}
      description={description}
      min={min}
      max={max}
      allowDecimal={false}
      clampBehavior="strict"
      value={value}
      disabled={locked}
      onChange={(entered) => typeof entered === 'number' && change(entered)}
    />
  );
  return (
    <Stack gap="sm" pt="xs">
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {number('Pictures a template', size, [2, 16], (value) => onChange({ size: value }))}
        {number('Seed', seed, [0, 4294967295], (value) => onChange({ seed: value }))}
      </SimpleGrid>
      {number(
        'Draws of the degradations',
        draws,
        [1, 10],
        (value) => onChange({ draws: value }),
        'Figures are means over the draws; each reads the degraded pictures anew.',
      )}
      <Checkbox
        label="The pictures are aligned crops"
        description="Otherwise faces are found and aligned; pictures of 112 × 112 stay as they are."
        checked={areCrops}
        disabled={locked}
        onChange={({ currentTarget }) => onChange({ areCrops: currentTarget.checked })}
      />
      <Checkbox
        label="Align pictures of 112 × 112 too"
        checked={alignAll && !areCrops}
        disabled={locked || areCrops}
        onChange={({ currentTarget }) => onChange({ alignAll: currentTarget.checked })}
      />
    </Stack>
  );
}
