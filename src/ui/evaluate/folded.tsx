import { Collapse, Group, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronRight } from '@tabler/icons-react';
import { useId, type ReactNode } from 'react';

/** Content that opens below its title. */
export function Folded({ title, children }: { title: string; children: ReactNode }) {
  const [isOpen, { toggle }] = useDisclosure();
  const id = useId();
  return (
    <div>
      <UnstyledButton onClick={toggle} aria-expanded={isOpen} aria-controls={id} py={4}>
        <Group gap={6} wrap="nowrap" fz="sm" fw={500}>
          <IconChevronRight
            size={16}
            style={{ transform: isOpen ? 'rotate(90deg)' : undefined }}
            aria-hidden
          />
          {title}
        </Group>
      </UnstyledButton>
      <div id={id}>
        <Collapse in={isOpen}>{isOpen && children}</Collapse>
      </div>
    </div>
  );
}
