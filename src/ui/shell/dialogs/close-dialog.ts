import { studioStore } from '../studio-store';

/** Closes what stands open over the page. */
export const closeDialog = (): void => studioStore.setState({ dialog: null });
