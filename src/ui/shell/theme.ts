import {
  Alert,
  createTheme,
  Loader,
  Modal,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

/** The one blue of confidence, from faint to deep; also the colour of what can be pressed. */
const confidence: MantineColorsTuple = [
  '#edf4fd',
  '#d8e7f9',
  '#b0cef2',
  '#84b2e9',
  '#5c98e0',
  '#3c82d6',
  '#256fc6',
  '#1b5cab',
  '#154a8c',
  '#0f3a70',
];

/** Greys of the dark page, from its text down to its ground. */
const dark: MantineColorsTuple = [
  '#d6d9dd',
  '#a9afb7',
  '#868d96',
  '#5b626b',
  '#3a4048',
  '#2c3138',
  '#22272d',
  '#191d22',
  '#111418',
  '#0b0d10',
];

/** The page's Mantine theme: Inter, 16 px, sizes a quarter apart. */
export const theme = createTheme({
  colors: { confidence, dark },
  primaryColor: 'confidence',
  // White on a lighter one is too faint for the text of a button.
  primaryShade: { light: 7, dark: 6 },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontSizes: { xs: '0.8125rem', sm: '0.875rem', md: '1rem', lg: '1.25rem', xl: '1.5625rem' },
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.953rem', lineHeight: '1.2' },
      h2: { fontSize: '1.5625rem', lineHeight: '1.25' },
      h3: { fontSize: '1.25rem', lineHeight: '1.3' },
      h4: { fontSize: '1.125rem', lineHeight: '1.35' },
      h5: { fontSize: '1rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  respectReducedMotion: true,
  components: {
    // A name means nothing on an element without a role.
    Loader: Loader.extend({ defaultProps: { role: 'progressbar' } }),
    // Its button shows a cross only.
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
    // A long path can't wrap, and would push the close button out of sight.
    Alert: Alert.extend({
      styles: { body: { minWidth: 0 }, message: { overflowWrap: 'anywhere' } },
    }),
  },
});

/**
 * The colours that mean something, the same everywhere: `--scf-genuine`, `--scf-impostor`,
 * `--scf-confidence`, each with a `-soft` one for areas; and replacements for Mantine colours that
 * are too faint for small text: each has a contrast of at least 4.5 to 1 with its background, as
 * WCAG requires.
 */
export const pageColours: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    '--mantine-color-body': '#fbfbf9',
    '--mantine-color-dimmed': '#5c636a',
    '--mantine-color-red-text': colors.red[9],
    '--mantine-color-red-light-color': colors.red[9],
    '--mantine-color-confidence-light-color': confidence[8],
    '--mantine-color-orange-text': '#a33c00',
    '--mantine-color-yellow-light-color': '#7a4d00',
    '--mantine-color-teal-light-color': '#05674a',
    '--scf-genuine': '#0f7b6c',
    '--scf-genuine-soft': '#0f7b6c2e',
    '--scf-impostor': '#b94f13',
    '--scf-impostor-soft': '#c2571a2e',
    '--scf-confidence': confidence[7],
    '--scf-confidence-soft': '#1b5cab24',
    '--scf-rule': '#e2e2dd',
  },
  dark: {
    '--mantine-color-body': '#111418',
    '--mantine-color-dimmed': dark[1],
    '--mantine-color-confidence-light-color': confidence[2],
    '--mantine-color-confidence-text': confidence[3],
    '--scf-genuine': '#3fbda9',
    '--scf-genuine-soft': '#3fbda938',
    '--scf-impostor': '#eb8d54',
    '--scf-impostor-soft': '#eb8d5438',
    '--scf-confidence': confidence[3],
    '--scf-confidence-soft': '#84b2e938',
    '--scf-rule': '#2c3138',
  },
});
