import {
  IconAdjustmentsHorizontal,
  IconCommand,
  IconKeyboard,
  IconLink,
  IconMoon,
  IconSun,
} from '@tabler/icons-react';
import { showPlace } from '../address/show-place';
import { colourScheme, toggleColourScheme } from '../colour-scheme';
import { copyLink } from '../copy-link';
import { studioStore } from '../studio-store';
import type { ShellDialog } from '../shell-slice';
import type { Action } from './action';

const group = 'The studio';
const open = (dialog: ShellDialog) => studioStore.setState({ dialog });

/** What can be done anywhere. */
export const studioActions = {
  palette: {
    name: 'studio.palette',
    group,
    label: () => 'Commands',
    icon: () => IconCommand,
    keywords: [],
    key: { key: 'k', withControl: true },
    predicate: () => true,
    perform: () => open('palette'),
  },
  settings: {
    name: 'studio.settings',
    group,
    label: () => 'Settings of the next run',
    icon: () => IconAdjustmentsHorizontal,
    keywords: ['preset', 'epochs', 'learning rate', 'method', 'head', 'form'],
    key: null,
    predicate: () => true,
    perform: () => {
      showPlace('train');
      open('settings');
    },
  },
  copyLink: {
    name: 'studio.copy-link',
    group,
    label: () => 'Copy link',
    icon: () => IconLink,
    keywords: ['share', 'address', 'URL'],
    key: null,
    predicate: () => true,
    perform: () => void copyLink(),
  },
  colours: {
    name: 'studio.colours',
    group,
    label: () => (colourScheme() === 'dark' ? 'Light colours' : 'Dark colours'),
    icon: () => (colourScheme() === 'dark' ? IconSun : IconMoon),
    keywords: ['theme', 'night', 'dark', 'light'],
    key: null,
    predicate: () => true,
    perform: toggleColourScheme,
  },
  keys: {
    name: 'studio.keys',
    group,
    label: () => 'Keys',
    icon: () => IconKeyboard,
    keywords: ['shortcuts', 'keyboard', 'help'],
    key: { key: '?' },
    predicate: () => true,
    perform: () => open('keys'),
  },
} as const satisfies Readonly<Record<string, Action>>;
