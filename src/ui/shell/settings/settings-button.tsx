import { Button } from '@mantine/core';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { studioActions } from '../actions/studio-actions';
import { useStudio } from '../use-studio';

/** Opens the drawer with the settings of the next run. */
export function SettingsButton() {
  const isOpen = useStudio(({ dialog }) => dialog === 'settings');
  return (
    <Button
      size="xs"
      variant="default"
      aria-haspopup="dialog"
      aria-expanded={isOpen}
      leftSection={<IconAdjustmentsHorizontal size={16} stroke={1.8} aria-hidden />}
      onClick={() => studioActions.settings.perform()}
    >
      Settings
    </Button>
  );
}
