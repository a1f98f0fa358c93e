import { CROP_BYTES } from '../faces/decode/packed-batch';
import { yieldToMessages } from '../core/yield-to-messages';
import { BACKBONE_BATCH } from '../models/backbones/backbone';
import type { FaceReader } from './face-reader';
import { locatedCrop } from './locate-face';

/** Faces in one timed reading: a whole pass of two views each. */
const FACES = BACKBONE_BATCH / 2;
/** Timed readings; the quickest counts, since others may have waited for the machine. */
const READINGS = 3;

/**
 * Measures how many faces a second a reader reads on this machine: about a second's work.
 * @throws StudioError what the backbone throws; `signal`'s reason
 */
export async function facesPerSecond(reader: FaceReader, signal?: AbortSignal): Promise<number> {
  const grey = new Uint8Array(CROP_BYTES).fill(127);
  const faces = Array.from({ length: FACES }, (_, at) => {
    // A flat crop would have no direction on some backbones.
    const crop = grey.map((value, i) => value + ((i * (at + 7)) % 61));
    return locatedCrop(crop, reader.policy);
  });
  let quickest = Infinity;
  // The first reading compiles shaders, and isn't counted.
  for (let reading = 0; reading <= READINGS; reading++) {
    signal?.throwIfAborted();
    const startedAt = performance.now();
    await reader.read(faces);
    if (reading > 0) quickest = Math.min(quickest, performance.now() - startedAt);
    await yieldToMessages();
  }
  return (1000 * FACES) / quickest;
}
