import { Badge, Tooltip } from '@mantine/core';
import { useStudio } from '../use-studio';

/** What computes: the graphics card or the processor; why, on demand. */
export function BackendBadge() {
  const backend = useStudio((state) => state.backend);
  if (!backend)
    return (
      <Badge variant="light" color="gray" tt="none" fw={500}>
        starting
      </Badge>
    );
  return (
    <Tooltip
      label={backend.reason}
      multiline
      w={280}
      events={{ hover: true, focus: true, touch: true }}
    >
      <Badge
        data-testid="backend"
        tabIndex={0}
        variant="light"
        tt="none"
        fw={500}
        color={backend.backend === 'webgpu' ? 'teal' : 'yellow'}
      >
        {backend.backend}
      </Badge>
    </Tooltip>
  );
}
