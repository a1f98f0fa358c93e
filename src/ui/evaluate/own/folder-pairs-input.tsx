import { Checkbox, Group, NumberInput } from '@mantine/core';

/** Makes pairs of a folder that has no list of them. */
export function FolderPairsInput({
  checked,
  perPerson,
  locked,
  onCheck,
  onChange,
}: {
  checked: boolean;
  perPerson: number;
  locked: boolean;
  onCheck: (checked: boolean) => void;
  onChange: (perPerson: number) => void;
}) {
  return (
    <Group gap="sm" align="flex-end">
      <Checkbox
        label="Make pairs from the folders"
        description="Genuine pairs of each person, and as many impostor pairs, by the seed"
        checked={checked}
        disabled={locked}
        onChange={({ currentTarget }) => onCheck(currentTarget.checked)}
      />
      {checked && (
        <NumberInput
          size="xs"
          label="Genuine pairs a person, at most"
          min={1}
          max={1000}
          allowDecimal={false}
          clampBehavior="strict"
          value={perPerson}
          disabled={locked}
          onChange={(value) => typeof value === 'number' && onChange(value)}
        />
      )}
    </Group>
  );
}
