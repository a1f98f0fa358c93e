import { useState } from 'react';
import type { LegendEntry } from './chart-legend';

/** A legend whose entries switch what they name; with one entry there is nothing to switch. */
export function useToggles(entries: readonly LegendEntry[]): {
  readonly legend: readonly LegendEntry[];
  readonly isShown: (name: string) => boolean;
} {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const isShown = (name: string) => !hidden.has(name);
  const change = (name: string) =>
    setHidden((before) => {
      const after = new Set(before);
      if (!after.delete(name)) after.add(name);
      return after;
    });
  const legend =
    entries.length < 2
      ? entries
      : entries.map((entry) => ({
          ...entry,
          toggle: { isShown: isShown(entry.name), change: () => change(entry.name) },
        }));
  return { legend, isShown };
}
