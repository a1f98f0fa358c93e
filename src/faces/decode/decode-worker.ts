import { messageOf } from '../../core/studio-error';
import type { CropAugmentation } from './crop-decoder';
import { decodeInBrowser } from './decode-in-browser';
import { prepareCrop } from './prepare-crop';

/** A picture to decode; `id` identifies the answer. */
export interface DecodeRequest {
  readonly id: number;
  readonly encoded: Uint8Array;
  readonly augmentation: CropAugmentation | null;
}

/** The crop, or the reason why decoding failed. */
export type DecodeAnswer =
  | { readonly id: number; readonly crop: Uint8Array }
  | { readonly id: number; readonly reason: string };

self.onmessage = async ({ data: { id, encoded, augmentation } }: MessageEvent<DecodeRequest>) => {
  try {
    const crop = prepareCrop(await decodeInBrowser(encoded), augmentation);
    self.postMessage({ id, crop } satisfies DecodeAnswer, { transfer: [crop.buffer] });
  } catch (thrown) {
    self.postMessage({ id, reason: messageOf(thrown) } satisfies DecodeAnswer);
  }
};
