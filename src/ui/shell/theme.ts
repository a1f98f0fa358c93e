import { Alert, createTheme, Modal, type CSSVariablesResolver } from '@mantine/core';

/** The page's Mantine theme. */
export const theme = createTheme({
  primaryColor: 'indigo',
  // White on a lighter one is too faint for the text of a button.
  primaryShade: { light: 7, dark: 8 },
  defaultRadius: 'md',
  respectReducedMotion: true,
  components: {
    // Its button shows a cross only.
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
    // A long path can't wrap, and would push the close button out of sight.
    Alert: Alert.extend({
      styles: { body: { minWidth: 0 }, message: { overflowWrap: 'anywhere' } },
    }),
  },
});

/**
 * Replacements for Mantine colours that are too faint for small text: each has a contrast of at
 * least 4.5 to 1 with its background, as WCAG requires.
 */
export const readableTextColours: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5c636a',
    '--mantine-color-red-text': colors.red[9],
    '--mantine-color-red-light-color': colors.red[9],
    '--mantine-color-indigo-light-color': colors.indigo[9],
    '--mantine-color-orange-text': '#a33c00',
    '--mantine-color-yellow-light-color': '#7a4d00',
    '--mantine-color-teal-light-color': '#05674a',
  },
  dark: {
    '--mantine-color-dimmed': colors.dark[1],
  },
});
