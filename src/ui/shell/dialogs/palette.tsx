import '@mantine/spotlight/styles.css';
import { Kbd, VisuallyHidden } from '@mantine/core';
import { Spotlight, spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { createElement, useEffect } from 'react';
import { actionGroups, type Action } from '../actions/action';
import { actions } from '../actions/actions';
import { keyNames } from '../actions/key-names';
import { studioStore, type StudioState } from '../studio-store';
import { closeDialog } from './close-dialog';
import { useIsOpen } from './use-is-open';

/** Every action that can be performed now, found by its name or other words for it. */
export function Palette() {
  const isOpen = useIsOpen('palette');
  useEffect(() => {
    if (isOpen) spotlight.open();
    else spotlight.close();
  }, [isOpen]);
  return (
    <Spotlight
      shortcut={null}
      // A dialog has a name; this one's isn't shown.
      title={<VisuallyHidden>Commands</VisuallyHidden>}
      styles={{ header: { position: 'absolute', minHeight: 0, padding: 0 } }}
      scrollable
      maxHeight="60vh"
      size={560}
      highlightQuery
      actions={isOpen ? listed(studioStore.getState()) : []}
      nothingFound="Nothing is called so."
      searchProps={{
        placeholder: 'What would you like to do?',
        'aria-label': 'Commands',
        leftSection: <IconSearch size={18} stroke={1.6} aria-hidden />,
      }}
      overlayProps={{ backgroundOpacity: 0.25, blur: 0 }}
      onSpotlightClose={() => {
        if (studioStore.getState().dialog === 'palette') closeDialog();
      }}
    />
  );
}

const listed = (state: StudioState) =>
  actionGroups
    .map((group) => ({
      group,
      actions: actions
        .filter((action) => action.group === group && action.predicate(state))
        .filter(({ name }) => name !== 'studio.palette')
        .map((action) => entryOf(action, state)),
    }))
    .filter((group) => group.actions.length > 0);

function entryOf(action: Action, state: StudioState) {
  const { name, label, icon, keywords, key, perform } = action;
  return {
    id: name,
    label: label(state),
    keywords: [...keywords],
    leftSection: createElement(icon(state), { size: 20, stroke: 1.6, 'aria-hidden': true }),
    rightSection: key && (
      <span>
        {keyNames(key).map((each) => (
          <Kbd key={each} ml={4} ff="inherit">
            {each}
          </Kbd>
        ))}
      </span>
    ),
    // After the palette has closed: what it opens takes the focus.
    onClick: () => setTimeout(() => perform(studioStore.getState())),
  };
}
