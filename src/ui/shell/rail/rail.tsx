import { UnstyledButton, VisuallyHidden } from '@mantine/core';
import { createElement, type MouseEvent } from 'react';
import { ariaKey, keyNames } from '../actions/key-names';
import { placeActions } from '../actions/place-actions';
import { studioActions } from '../actions/studio-actions';
import { hashOf } from '../address/address';
import { addressParts } from '../address/address-parts';
import { placeNames, placeTitles, type PlaceName } from '../address/place-names';
import { showPlace } from '../address/show-place';
import { hasError } from '../messages/place-of-error';
import { placeIcons } from '../places/place-icons';
import { studioStore } from '../studio-store';
import { useStudio } from '../use-studio';
import { Mark } from './mark';
import classes from './rail.module.css';

/** The places, as links: beside the page, or below it where it is narrow. */
export function Rail() {
  return (
    <div className={classes.rail}>
      <div className={classes.brand}>
        <Mark />
        <span className={classes.brandName}>SCF Studio</span>
      </div>
      <nav aria-label="Places" className={classes.places}>
        {placeNames.map((place) => (
          <PlaceLink key={place} place={place} />
        ))}
      </nav>
      <div className={classes.foot}>
        {([studioActions.palette, studioActions.keys] as const).map((action) => (
          <UnstyledButton
            key={action.name}
            className={classes.footButton}
            title={`${action.label()} (${keyNames(action.key).join(' ')})`}
            aria-keyshortcuts={ariaKey(action.key)}
            onClick={() => action.perform()}
          >
            {createElement(action.icon(), { size: 16, stroke: 1.6, 'aria-hidden': true })}
            <span className={classes.footWord}>{action.label()}</span>
            <span className={classes.footKey} aria-hidden>
              {keyNames(action.key).join(' ')}
            </span>
          </UnstyledButton>
        ))}
      </div>
    </div>
  );
}

function PlaceLink({ place }: { place: PlaceName }) {
  const isShown = useStudio((state) => state.place === place);
  const failed = useStudio((state) => hasError(state, place));
  const href = useStudio((state) => hashOf(place, state, addressParts));
  const { key } = placeActions[placeNames.indexOf(place)]!;
  const open = (event: MouseEvent) => {
    // With these the browser opens a tab or a window, or saves the link.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (studioStore.getState().place !== place) showPlace(place);
  };
  return (
    <a
      className={classes.place}
      href={href}
      aria-current={isShown ? 'page' : undefined}
      aria-keyshortcuts={key ? ariaKey(key) : undefined}
      onClick={open}
    >
      {createElement(placeIcons[place], { size: 20, stroke: 1.6, 'aria-hidden': true })}
      <span className={classes.word}>{placeTitles[place]}</span>
      {failed && !isShown && (
        <span className={classes.failed}>
          <VisuallyHidden>(something failed here)</VisuallyHidden>
        </span>
      )}
    </a>
  );
}
