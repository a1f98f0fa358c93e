import type { HeadChoice } from '../../studio/protocol';
import { send } from '../shell/client/studio-client';

/** Requests that faces are read with another head. */
export const chooseHead = (choice: HeadChoice): void => send({ type: 'choose-head', choice });
