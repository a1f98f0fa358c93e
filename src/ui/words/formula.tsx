import { Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import classes from './term.module.css';

/** Loads KaTeX, with its styles and type. The first formula does, and no page before it. */
const loadFormulas = () => import('./formula-markup');

/** A formula in TeX, set by KaTeX once it has loaded. */
export function Formula({ tex }: { tex: string }) {
  const [markup, setMarkup] = useState<string | null>(null);
  const [hasFailed, setHasFailed] = useState(false);
  useEffect(() => {
    let isShown = true;
    loadFormulas().then(
      ({ formulaMarkup }) => isShown && setMarkup(formulaMarkup(tex)),
      () => isShown && setHasFailed(true),
    );
    return () => {
      isShown = false;
    };
  }, [tex]);
  if (hasFailed)
    return (
      <Text size="sm" c="dimmed">
        The formula couldn’t be loaded. Open it again once there is a network.
      </Text>
    );
  return (
    <div
      className={classes.formula}
      aria-busy={markup === null}
      dangerouslySetInnerHTML={{ __html: markup ?? '' }}
    />
  );
}
