import { Button, Collapse, Stack } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useId, type ReactNode } from 'react';

/** What most people don't need, folded away; the browser remembers how it was left. */
export function More({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ReactNode;
}) {
  const [isOpen, setOpen] = useLocalStorage({
    key: 'scf-studio.train-more',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const id = useId();
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <Stack gap="sm">
      <Button
        variant="subtle"
        size="compact-md"
        px={4}
        style={{ alignSelf: 'flex-start' }}
        leftSection={<Chevron size={18} aria-hidden />}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
      </Button>
      <Collapse id={id} in={isOpen}>
        {isOpen && <Stack>{children}</Stack>}
      </Collapse>
    </Stack>
  );
}
