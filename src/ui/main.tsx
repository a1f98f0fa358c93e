import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.css';
import './shell/still.css';
import '@mantine/dropzone/styles.css';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './shell/app';
import { ErrorBoundary } from './shell/error-boundary';
import { followAddress } from './shell/address/follow-address';
import { policyFor, applyPolicy } from './shell/network-policy';
import { onKey } from './shell/actions/on-key';
import { colourSchemes } from './shell/colour-scheme';
import { beforeLeaving } from './train/before-leaving';
import { startWorker } from './shell/client/studio-client';
import { places } from './shell/places/places';
import { studioStore } from './shell/studio-store';
import { pageColours, theme } from './shell/theme';

followAddress();
window.addEventListener('keydown', onKey);
window.addEventListener('beforeunload', beforeLeaving);
// Before the worker starts, because it inherits the page's policy.
applyPolicy(policyFor(location.href, studioStore.getState().config.shards));
startWorker();

/** Milliseconds after which the shell is drawn without its first place. */
const PATIENCE_MS = 200;
// Drawing holds up the start of the worker, and the place is drawn sooner if it is there already.
await Promise.race([
  // A script that doesn't come is reported where its place is drawn.
  places[studioStore.getState().place].load().catch(() => undefined),
  new Promise((resolve) => setTimeout(resolve, PATIENCE_MS)),
]);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={pageColours}
      defaultColorScheme="auto"
      colorSchemeManager={colourSchemes}
    >
      <ErrorBoundary>
        <App />
      </ErrorBoundary>
    </MantineProvider>
  </StrictMode>,
);
