import { Alert, AppShell, Button, Center, Container, Loader, Stack, Tabs } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useEffect } from 'react';
import type { ErrorScope } from '../../training/session/run-events';
import { isActive } from '../../training/session/run-machine';
import { ErrorBoundary } from './error-boundary';
import { ExperimentForm } from '../train/experiment-form';
import { ResumeBanner } from '../train/resume-banner';
import { ConfirmLossDialog } from '../train/confirm/confirm-loss-dialog';
import { dismissError, dismissNotice } from './studio-store';
import { loadEventFiles } from '../train/events/event-recorder';
import { loadedApart, type LoadedApart } from './views/loaded-apart';
import { showView } from './views/show-view';
import { TopBar } from './top-bar';
import { useStudio } from './use-studio';
import { viewNames, type ViewName } from './views/view-names';
import { RemovedRuns } from '../runs/removed-runs';

// Charts are most of the page's script; the shell is shown before they have loaded.
const views = {
  train: [
    'Train',
    loadedApart(async () => ({ default: (await import('../train/train-view')).TrainView })),
  ],
  verify: [
    'Verify',
    loadedApart(async () => ({ default: (await import('../verify/verify-view')).VerifyView })),
  ],
  runs: [
    'Runs',
    loadedApart(async () => ({ default: (await import('../runs/runs-view')).RunsView })),
  ],
  evaluate: [
    'Evaluate',
    loadedApart(async () => ({
      default: (await import('../evaluate/evaluate-view')).EvaluateView,
    })),
  ],
  data: [
    'Data',
    loadedApart(async () => ({ default: (await import('../data/data-view')).DataView })),
  ],
  models: [
    'Models',
    loadedApart(async () => ({ default: (await import('../models/models-view')).ModelsView })),
  ],
  machine: [
    'Machine',
    loadedApart(async () => ({ default: (await import('../machine/machine-view')).MachineView })),
  ],
} as const satisfies Record<ViewName, readonly [string, LoadedApart]>;

/** The page: run controls at the top, the experiment at the left, a view in the middle. */
export function App() {
  const [opened, { toggle }] = useDisclosure();
  const view = useStudio((state) => state.view);
  const runState = useStudio((state) => state.runState);
  useAllViews();
  useWakeLock(isActive(runState) && runState !== 'paused');

  return (
    <AppShell
      header={{ height: { base: 104, sm: 60 } }}
      navbar={{ width: 310, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <AppShell.Header>
        <TopBar navbarOpened={opened} toggleNavbar={toggle} />
      </AppShell.Header>
      <AppShell.Navbar p="md" aria-label="Experiment" style={{ overflowY: 'auto' }}>
        <ExperimentForm />
      </AppShell.Navbar>
      <AppShell.Main>
        <Container size="xl" px={0}>
          <Stack>
            <Errors view={view} />
            <Notices />
            <RemovedRuns />
            <ResumeBanner />
            <ConfirmLossDialog />
            <Tabs value={view} onChange={(name) => showView(name as ViewName)} keepMounted={false}>
              <Tabs.List>
                {viewNames.map((name) => (
                  <Tabs.Tab key={name} value={name}>
                    {views[name][0]}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              {viewNames.map((name) => {
                const [, { View }] = views[name];
                return (
                  <Tabs.Panel key={name} value={name} pt="md">
                    <ErrorBoundary>
                      <Suspense fallback={<LoadingView />}>
                        <View />
                      </Suspense>
                    </ErrorBoundary>
                  </Tabs.Panel>
                );
              })}
            </Tabs>
          </Stack>
        </Container>
      </AppShell.Main>
    </AppShell>
  );
}

function LoadingView() {
  return (
    <Center p="xl">
      <Loader aria-label="Loading the view" />
    </Center>
  );
}

const errorTitles: Record<ErrorScope, string> = {
  studio: 'The studio can’t go on',
  run: 'The run',
  verification: 'The comparison',
  evaluation: 'The evaluation',
  data: 'The data',
  models: 'The models',
  machine: 'The benchmarks',
};

/** The errors, except those that the Data or Models view shows in one of its sections. */
function Errors({ view }: { view: ViewName }) {
  const errors = useStudio((state) => state.errors);
  return errors
    .filter(({ scope, about }) => scope !== view || about === null)
    .map(({ id, scope, error }) => (
      <Alert
        key={id}
        role="alert"
        color="red"
        title={errorTitles[scope]}
        withCloseButton={scope !== 'studio'}
        closeButtonLabel="Dismiss"
        onClose={() => dismissError(id)}
      >
        {error.message} {error.nextStep}
        {error.code === 'no-webgpu' && (
          <Button
            component="a"
            href={`?backend=wasm${location.hash}`}
            size="compact-sm"
            variant="default"
            ml="sm"
          >
            Continue with wasm
          </Button>
        )}
      </Alert>
    ));
}

/** What the studio recovered from, and what a run notes about its pictures. */
function Notices() {
  return useStudio((state) => state.notices).map(({ id, text, at }) => (
    <Alert
      key={id}
      role="status"
      title={`Notice at ${new Date(at).toLocaleTimeString()}`}
      withCloseButton
      closeButtonLabel="Dismiss"
      onClose={() => dismissNotice(id)}
    >
      {text}
    </Alert>
  ));
}

/**
 * Loads the other views, and the writer of event files, once the studio is ready, so that they work
 * later without a network, for example in the middle of a run.
 */
function useAllViews(): void {
  const isReady = useStudio((state) => state.backend !== null);
  useEffect(() => {
    if (!isReady) return;
    const loadings = Object.values(views).map(([, view]) => view.load);
    for (const load of [...loadings, loadEventFiles]) {
      load().catch((thrown: unknown) => {
        // A view that fails to load is loaded again when it is opened, and reports a failure then.
        if (!(thrown instanceof TypeError)) throw thrown;
      });
    }
  }, [isReady]);
}

/** Keeps the screen on during a run, if the browser allows it. */
function useWakeLock(wanted: boolean): void {
  useEffect(() => {
    if (!wanted || !('wakeLock' in navigator)) return;
    const lock = navigator.wakeLock.request('screen').catch((thrown: unknown) => {
      // Browsers refuse it for a hidden page and when the battery is low. The run continues.
      if (thrown instanceof DOMException && thrown.name === 'NotAllowedError') return null;
      throw thrown;
    });
    return () => void lock.then((held) => held?.release());
  }, [wanted]);
}
