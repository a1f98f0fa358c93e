import { useState } from 'react';
import type { Progress } from '../../../core/progress-meter';

/**
 * The progress of now, or the last one until there is another: between two phases of a preparation
 * there is none for a moment, and the page would flicker.
 */
export function useLastProgress(progress: Progress | null): Progress | null {
  const [last, setLast] = useState(progress);
  if (progress !== null && progress !== last) setLast(progress);
  return progress ?? last;
}
