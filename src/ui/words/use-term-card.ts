import { useCallback, useEffect, useRef, useState, type PointerEvent } from 'react';

/** Milliseconds that a pointer rests on a word before its card opens. */
const REST_MS = 400;
/** Milliseconds to get from the word to its card. */
const LEAVE_MS = 250;

/** Whether a card is shown: for as long as a pointer is near, or until it is closed. */
type CardState = 'closed' | 'hovered' | 'pinned';

export interface TermCard {
  readonly isOpen: boolean;
  /** Whether a click or a key opened it: then the focus moves into it. */
  readonly isPinned: boolean;
  readonly toggle: () => void;
  readonly close: () => void;
  /** For the word and for its card. A finger has no hover: it taps. */
  readonly hoverProps: {
    readonly onPointerEnter: (event: PointerEvent) => void;
    readonly onPointerLeave: (event: PointerEvent) => void;
  };
}

/** When the card of a word is shown. */
export function useTermCard(): TermCard {
  const [state, setState] = useState<CardState>('closed');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const later = (milliseconds: number, next: (state: CardState) => CardState) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setState(next), milliseconds);
  };
  const close = useCallback(() => {
    clearTimeout(timer.current);
    setState('closed');
  }, []);
  return {
    isOpen: state !== 'closed',
    isPinned: state === 'pinned',
    close,
    toggle: () => {
      clearTimeout(timer.current);
      setState(state === 'pinned' ? 'closed' : 'pinned');
    },
    hoverProps: {
      onPointerEnter: ({ pointerType }) =>
        pointerType === 'mouse' && later(REST_MS, (now) => (now === 'closed' ? 'hovered' : now)),
      onPointerLeave: ({ pointerType }) =>
        pointerType === 'mouse' && later(LEAVE_MS, (now) => (now === 'hovered' ? 'closed' : now)),
    },
  };
}
