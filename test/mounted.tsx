import { MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { render, type RenderResult } from 'vitest-browser-react';
import { pageColours, theme } from '../src/ui/shell/theme';

/** Mounts a component as the page does: with its theme, in one colour scheme. */
export const mounted = (
  component: ReactNode,
  scheme: 'light' | 'dark' = 'light',
): Promise<RenderResult> =>
  render(
    <MantineProvider theme={theme} cssVariablesResolver={pageColours} forceColorScheme={scheme}>
      {component}
    </MantineProvider>,
  );
