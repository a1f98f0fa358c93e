import { lazy, Suspense, useState } from 'react';
import { ErrorBoundary } from '../error-boundary';
import type { ShellDialog } from '../shell-slice';
import { useStudio } from '../use-studio';

const loads = {
  palette: async () => ({ default: (await import('./palette')).Palette }),
  keys: async () => ({ default: (await import('./key-list')).KeyList }),
  settings: async () => ({
    default: (await import('../settings/settings-drawer')).SettingsDrawer,
  }),
} as const satisfies Record<ShellDialog, unknown>;

/** Loads what can stand open over the page, ahead of time. */
export const dialogLoads: readonly (() => Promise<unknown>)[] = Object.values(loads);

const dialogs = {
  palette: lazy(loads.palette),
  keys: lazy(loads.keys),
  settings: lazy(loads.settings),
};

/** What stands open over the page. Its script is loaded when it is first asked for, or before. */
export function Dialogs() {
  const open = useStudio((state) => state.dialog);
  const [asked, setAsked] = useState<readonly ShellDialog[]>([]);
  if (open !== null && !asked.includes(open)) setAsked([...asked, open]);
  return (
    <ErrorBoundary>
      <Suspense>
        {asked.map((name) => {
          const Dialog = dialogs[name];
          return <Dialog key={name} />;
        })}
      </Suspense>
    </ErrorBoundary>
  );
}
