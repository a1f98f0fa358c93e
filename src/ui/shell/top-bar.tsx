import {
  ActionIcon,
  Badge,
  Burger,
  Group,
  Text,
  Title,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { IconMoon, IconSun } from '@tabler/icons-react';
import { createElement } from 'react';
import { runActions, type RunAction } from '../train/run-actions';
import { studioStore } from './studio-store';
import { useStudio } from './use-studio';

/** The backend, the state of the run, and the run's controls. */
export function TopBar({
  navbarOpened,
  toggleNavbar,
}: {
  navbarOpened: boolean;
  toggleNavbar: () => void;
}) {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  return (
    <Group h="100%" px="md" justify="space-between" gap="xs">
      <Group gap="xs" wrap="nowrap">
        <Burger
          opened={navbarOpened}
          onClick={toggleNavbar}
          hiddenFrom="sm"
          size="sm"
          aria-label="Show the experiment"
        />
        <Title order={1} size="h4" style={{ whiteSpace: 'nowrap' }}>
          SCF Studio
        </Title>
        <BackendBadge />
        <ActionIcon
          variant="default"
          size="lg"
          aria-label={scheme === 'dark' ? 'Light colours' : 'Dark colours'}
          onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
        >
          {scheme === 'dark' ? <IconSun size={18} /> : <IconMoon size={18} />}
        </ActionIcon>
      </Group>
      <Group gap="xs" wrap="nowrap">
        {runActions.map((action) => (
          <RunButton key={action.id} action={action} />
        ))}
        <RunFigures />
      </Group>
    </Group>
  );
}

function RunButton({ action }: { action: RunAction }) {
  const label = useStudio(action.label);
  const icon = useStudio(action.icon);
  const enabled = useStudio(action.enabled);
  const keyName = useStudio(action.keyName);
  return (
    <Tooltip label={keyName === null ? label : `${label} (${keyName})`}>
      <ActionIcon
        size="lg"
        variant={action.id === 'play' ? 'filled' : 'default'}
        aria-label={label}
        aria-keyshortcuts={keyName ?? undefined}
        disabled={!enabled}
        onClick={() => action.perform(studioStore.getState())}
      >
        {createElement(icon, { size: 18 })}
      </ActionIcon>
    </Tooltip>
  );
}

function RunFigures() {
  const latest = useStudio((state) => state.latest);
  const runState = useStudio((state) => state.runState);
  const collapsed = useStudio((state) => state.collapse !== null);
  const epochs = useStudio((state) => state.runConfig?.epochs);
  return (
    // On a narrow page the text wraps to a second line.
    <Text size="sm" lh={1.3} miw={0} style={{ fontVariantNumeric: 'tabular-nums' }}>
      <span data-testid="run-state">{runState}</span>
      {collapsed && (
        <Text span size="sm" c="red" fw={600}>
          {', has not learnt'}
        </Text>
      )}
      {latest && epochs !== undefined && (
        <>
          {' · epoch '}
          {latest.epoch}/{epochs} · step <span data-testid="step">{latest.step}</span>
        </>
      )}
    </Text>
  );
}

function BackendBadge() {
  const backend = useStudio((state) => state.backend);
  if (!backend)
    return (
      <Badge variant="light" color="gray">
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
        color={backend.backend === 'webgpu' ? 'teal' : 'yellow'}
      >
        {backend.backend}
      </Badge>
    </Tooltip>
  );
}
