import { Alert, createTheme, type CSSVariablesResolver } from '@mantine/core';

/** The page's own settings of Mantine. */
export const theme = createTheme({
  primaryColor: 'indigo',
  defaultRadius: 'md',
  respectReducedMotion: true,
  components: {
    // A path has no place to break at, and would push the way to close it out of sight.
    Alert: Alert.extend({
      styles: { body: { minWidth: 0 }, message: { overflowWrap: 'anywhere' } },
    }),
  },
});

/**
 * Inks that Mantine has too faint for small text: each has 4.5 to 1 on what it stands on, as WCAG
 * asks for.
 */
export const readableInks: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5c636a',
    '--mantine-color-red-text': colors.red[9],
    '--mantine-color-red-light-color': colors.red[9],
    '--mantine-color-orange-text': '#a33c00',
    '--mantine-color-yellow-light-color': '#7a4d00',
    '--mantine-color-teal-light-color': '#05674a',
  },
  dark: {
    '--mantine-color-dimmed': colors.dark[1],
  },
});
