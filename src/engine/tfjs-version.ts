import { version_core } from '@tensorflow/tfjs-core';
import { StudioError } from '../core/studio-error';

/** The tfjs release whose inner workings the studio relies on. */
const TFJS_VERSION = '4.22.0';

/**
 * Refuses any other release of tfjs than the one that was read.
 * @param dependent the code that relies on tfjs's inner workings, for the message
 * @param found the release that is installed
 * @throws StudioError `backend-failed-self-test`
 */
export function requireTfjsVersion(dependent: string, found: string = version_core): void {
  if (found === TFJS_VERSION) return;
  throw new StudioError(
    'backend-failed-self-test',
    `${dependent} relies on the source of tfjs ${TFJS_VERSION}; this is tfjs ${found}.`,
    `Install @tensorflow/tfjs ${TFJS_VERSION}, or check the source that the file links to.`,
  );
}
