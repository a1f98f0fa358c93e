import { Button, Drawer, Group } from '@mantine/core';
import { ExperimentForm } from '../../train/experiment-form';
import { runActions } from '../actions/run-actions';
import { useStudio } from '../use-studio';
import { closeDialog } from '../dialogs/close-dialog';
import { useIsOpen } from '../dialogs/use-is-open';

/** The settings of the next run, at the right of Train, and a button that starts it. */
export function SettingsDrawer() {
  const isOpen = useIsOpen('settings');
  const canStart = useStudio(runActions.start.predicate);
  return (
    <Drawer
      opened={isOpen}
      onClose={closeDialog}
      position="right"
      size={440}
      title="Settings of the next run"
      closeButtonProps={{ 'aria-label': 'Close' }}
      padding="lg"
      overlayProps={{ backgroundOpacity: 0.2 }}
      styles={{ title: { fontSize: '1.125rem', fontWeight: 650 } }}
    >
      <ExperimentForm />
      <Group
        mt="lg"
        pt="md"
        pb="lg"
        mb="calc(-1 * var(--mantine-spacing-lg))"
        style={{
          position: 'sticky',
          // Over the padding of the drawer, in which the form would show below it.
          bottom: 'calc(-1 * var(--mantine-spacing-lg))',
          background: 'var(--mantine-color-body)',
          borderTop: '1px solid var(--scf-rule)',
        }}
      >
        <Button
          disabled={!canStart}
          onClick={() => {
            closeDialog();
            runActions.start.perform();
          }}
        >
          Start with these settings
        </Button>
      </Group>
    </Drawer>
  );
}
