import { lazy, useState, type ComponentType } from 'react';

/** A view whose script is loaded apart from the shell's. */
export interface LoadedApart {
  /** Loads it ahead of time. */
  readonly load: () => Promise<unknown>;
  readonly View: ComponentType;
}

/**
 * Makes a view of a script. Once that is there, the view is drawn at once: a lazy component would
 * suspend first, and React holds back for 300 ms what comes after it has shown a fallback.
 */
export function loadedApart(load: () => Promise<{ default: ComponentType }>): LoadedApart {
  let loaded: ComponentType | null = null;
  const loading = async () => {
    const module = await load();
    loaded = module.default;
    return module;
  };
  const Waiting = lazy(loading);
  // For as long as it is mounted, it stays what it was at first.
  const View = () => {
    const [Ready] = useState(() => loaded ?? Waiting);
    return <Ready />;
  };
  return { load: loading, View };
}
