import { Button, Group, NumberInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { labelFit, type LabelFacts } from '../../../faces/survey/label-fit';
import { count } from '../../components/format';
import { knownClasses } from '../sources/source-gallery';

/** Checks whether class centres for a given number of people can belong to these labels. */
export function ClassesCheck({ labels }: { labels: LabelFacts }) {
  const [classes, setClasses] = useState(knownClasses[0]!.classes);
  const { fits, sentence } = labelFit(labels, classes);
  return (
    <Stack gap={6}>
      <Group align="flex-end" gap="xs">
        <NumberInput
          label="Class centres made elsewhere, of how many people"
          size="xs"
          w={300}
          min={1}
          max={100_000_000}
          allowDecimal={false}
          thousandSeparator=","
          value={classes}
          onChange={(value) => typeof value === 'number' && value >= 1 && setClasses(value)}
        />
        {knownClasses.map(({ name, classes: known }) => (
          <Button
            key={name}
            size="xs"
            variant="default"
            aria-pressed={known === classes}
            onClick={() => setClasses(known)}
          >
            {name}: {count(known)}
          </Button>
        ))}
      </Group>
      <Text size="sm" aria-live="polite" data-testid="label-fit">
        <b>{fits ? 'They can fit.' : 'They don’t fit.'}</b> {sentence}
      </Text>
    </Stack>
  );
}
