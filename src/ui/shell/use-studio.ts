import { useStore } from 'zustand';
import { studioStore, type StudioState } from './studio-store';

/** Reads a part of the store; the component renders again when that part changes. */
export function useStudio<T>(select: (state: StudioState) => T): T {
  return useStore(studioStore, select);
}
