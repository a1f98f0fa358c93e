import { useEffect } from 'react';
import type { FaceSlot } from '../../studio/protocol';
import { studioStore } from '../shell/studio-store';
import { choosePhotos } from './commands';

/** Puts pasted pictures on the side that has the focus, else on A, while Compare is shown. */
export function usePaste(): void {
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const pictures = [...(event.clipboardData?.files ?? [])].filter(({ type }) =>
        type.startsWith('image/'),
      );
      if (pictures.length === 0) return;
      event.preventDefault();
      const slot = focusedSide(document.activeElement);
      const { several, faces } = studioStore.getState();
      void choosePhotos(slot, pictures, several[slot] && faces[slot].length > 0);
    };
    window.addEventListener('paste', onPaste);
    return () => window.removeEventListener('paste', onPaste);
  }, []);
}

/** The side that an element is in; A for any other. */
function focusedSide(element: Element | null): FaceSlot {
  const side = element?.closest<HTMLElement>('[data-slot]');
  return side?.dataset.slot === 'b' ? 'b' : 'a';
}
