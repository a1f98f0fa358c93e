import { ThemeIcon } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';

/** A tick or a cross in a circle; the words beside it say the same. */
export function Mark({ accepted, size }: { accepted: boolean; size: number }) {
  const Icon = accepted ? IconCheck : IconX;
  const colour = accepted ? 'var(--scf-genuine)' : 'var(--scf-impostor)';
  return (
    <ThemeIcon size={size} radius="xl" color={colour} c="var(--mantine-color-body)" aria-hidden>
      <Icon size={0.7 * size} stroke={2.5} />
    </ThemeIcon>
  );
}
