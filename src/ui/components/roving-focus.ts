import { useRef, useState, type FocusEvent, type KeyboardEvent } from 'react';

/** What an item of a strip or a grid takes. */
export interface RovingItemProps {
  readonly ref: (element: HTMLElement | null) => void;
  readonly tabIndex: 0 | -1;
  readonly onFocus: (event: FocusEvent) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/**
 * One tab stop for a strip or a grid of buttons: ← → Home End move inside, and ↑ ↓ where it has
 * several rows. Tab comes back to the item that was left.
 * @param count number of items
 * @param selected index of the item that Tab comes to first; the first one by default
 * @returns the props of the item at an index
 */
export function useRovingFocus(count: number, selected = 0): (index: number) => RovingItemProps {
  const [visited, setVisited] = useState<number | null>(null);
  const items = useRef(new Map<number, HTMLElement>());
  const stop = Math.max(0, Math.min(visited ?? selected, count - 1));
  const move = (event: KeyboardEvent, from: number) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = target(event.key, from, items.current);
    if (to === null) return;
    event.preventDefault();
    items.current.get(to)?.focus();
  };
  return (index) => ({
    ref: (element) => {
      if (element) items.current.set(index, element);
      else items.current.delete(index);
    },
    tabIndex: index === stop ? 0 : -1,
    onFocus: () => setVisited(index),
    onKeyDown: (event) => move(event, index),
  });
}

/** The item that a key leads to; null for a key that leads nowhere. */
function target(key: string, from: number, items: ReadonlyMap<number, HTMLElement>): number | null {
  const last = Math.max(...items.keys());
  switch (key) {
    case 'ArrowLeft':
      return from > 0 ? from - 1 : null;
    case 'ArrowRight':
      return from < last ? from + 1 : null;
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'ArrowUp':
      return inRow(from, -1, items);
    case 'ArrowDown':
      return inRow(from, 1, items);
    default:
      return null;
  }
}

/** The item above or below: of the next row, the one that is nearest across. */
function inRow(from: number, side: 1 | -1, items: ReadonlyMap<number, HTMLElement>): number | null {
  const own = items.get(from)!.getBoundingClientRect();
  const beyond = [...items]
    .map(([index, element]) => ({ index, box: element.getBoundingClientRect() }))
    .map(({ index, box }) => ({
      index,
      across: Math.abs(box.left + box.width / 2 - own.left - own.width / 2),
      along: side * (box.top - own.top),
    }))
    // Items of one row may differ by a pixel.
    .filter(({ along }) => along > own.height / 2);
  const nearestRow = Math.min(...beyond.map(({ along }) => along));
  const row = beyond.filter(({ along }) => along < nearestRow + own.height / 2);
  return row.toSorted((a, b) => a.across - b.across)[0]?.index ?? null;
}
