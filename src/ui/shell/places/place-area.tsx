import { Center, Loader } from '@mantine/core';
import { Suspense, useEffect, useRef } from 'react';
import { ResumeBanner } from '../../train/resume-banner';
import { placeTitles } from '../address/place-names';
import { ErrorBoundary } from '../error-boundary';
import { Errors } from '../messages/errors';
import { Notices } from '../messages/notices';
import classes from '../shell.module.css';
import { useStudio } from '../use-studio';
import { places } from './places';

/** Id of the element that shows the place: the skip link leads to it. */
export const CONTENT_ID = 'content';

/** The place that is shown, below what concerns the whole studio. */
export function PlaceArea() {
  const place = useStudio((state) => state.place);
  const main = useRef<HTMLElement>(null);
  useArrival(place, main);
  const { View } = places[place];
  return (
    <main
      ref={main}
      id={CONTENT_ID}
      tabIndex={-1}
      aria-label={placeTitles[place]}
      className={classes.main}
    >
      <div className={classes.measure}>
        <Errors place={null} />
        <Notices />
        <Errors place={place} />
        {place === 'train' && <ResumeBanner />}
        <ErrorBoundary key={place}>
          <Suspense fallback={<LoadingPlace />}>
            <View />
          </Suspense>
        </ErrorBoundary>
      </div>
    </main>
  );
}

/** Names the window after a place; moves the focus to one that was gone to, and to its top. */
function useArrival(place: keyof typeof places, main: React.RefObject<HTMLElement | null>): void {
  const before = useRef(place);
  useEffect(() => {
    document.title = `${placeTitles[place]} · SCF Studio`;
    if (before.current === place) return;
    before.current = place;
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [place, main]);
}

function LoadingPlace() {
  return (
    <Center p="xl">
      <Loader aria-label="Loading the view" />
    </Center>
  );
}
