import '@mantine/core/styles.css';
import '@mantine/dropzone/styles.css';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './shell/app';
import { ErrorBoundary } from './shell/error-boundary';
import { configFromHash, hashOf } from './shell/config-url';
import { policyFor, applyPolicy } from './shell/network-policy';
import { beforeLeaving, onShortcut } from './train/run-actions';
import { startWorker } from './shell/client/studio-client';
import { receive } from './shell/receive-event';
import { studioStore } from './shell/studio-store';
import { readableTextColours, theme } from './shell/theme';
import { viewIn } from './shell/views/view-names';

const { config, warning } = configFromHash(location.hash);
studioStore.setState({ config, view: viewIn(location.href) });
if (warning)
  receive({
    type: 'error',
    scope: 'run',
    error: { code: 'bad-config', message: warning, nextStep: '' },
  });
studioStore.subscribe((state, before) => {
  if (state.config !== before.config) history.replaceState(null, '', `#${hashOf(state.config)}`);
});
window.addEventListener('keydown', onShortcut);
window.addEventListener('beforeunload', beforeLeaving);
// Before the worker starts, because it inherits the page's policy.
applyPolicy(policyFor(location.href, config.shards));
startWorker();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={readableTextColours}
      defaultColorScheme="auto"
    >
      <ErrorBoundary>
        <App />
      </ErrorBoundary>
    </MantineProvider>
  </StrictMode>,
);
