import { Badge, Tooltip } from '@mantine/core';
import type { StudioState } from '../studio-store';
import { useStudio } from '../use-studio';

type BackendReport = NonNullable<StudioState['backend']>;

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
      label={wordsOf(backend)}
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
        color={colourOf(backend)}
      >
        {backend.backend}
      </Badge>
    </Tooltip>
  );
}

/** Only what is broken looks like a warning: the processor computes the same. */
function colourOf({ backend, isFallback }: BackendReport): string {
  if (isFallback) return 'orange';
  return backend === 'webgpu' ? 'teal' : 'gray';
}

function wordsOf({ backend, requested, reason, isFallback }: BackendReport): string {
  if (isFallback || backend === 'webgpu') return reason;
  return requested === 'wasm'
    ? 'Runs on the processor, as was chosen under Machine.'
    : 'Runs on the processor; WebGPU isn’t available here. Machine says why.';
}
