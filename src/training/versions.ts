import { version_core } from '@tensorflow/tfjs-core';
import { version } from '../../package.json';

/** The releases that a run is trained with, as its files say them. */
export const versions = { studio: version, tfjs: version_core } as const;
