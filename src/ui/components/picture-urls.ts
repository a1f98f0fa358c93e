import { useEffect, useState } from 'react';
import type { SampleFace } from '../../studio/protocol';
import { displayablePicture } from './displayable-picture';

/** A sample with an object URL for an `<img>`. */
export interface SamplePicture {
  readonly key: string;
  readonly label: number;
  readonly url: string;
}

/** Object URLs of samples, revoked when the samples change or the component unmounts. */
export function usePictureUrls(samples: readonly SampleFace[]): readonly SamplePicture[] {
  const [pictures, setPictures] = useState<readonly SamplePicture[]>([]);
  useEffect(() => {
    let isShown = true;
    let made: SamplePicture[] = [];
    const shown = samples.map(({ encoded }) =>
      displayablePicture(new Blob([encoded as Uint8Array<ArrayBuffer>])),
    );
    void Promise.all(shown).then((blobs) => {
      if (!isShown) return;
      made = samples.map(({ key, label }, i) => ({
        key,
        label,
        url: URL.createObjectURL(blobs[i]!),
      }));
      setPictures(made);
    });
    return () => {
      isShown = false;
      made.forEach(({ url }) => URL.revokeObjectURL(url));
    };
  }, [samples]);
  return pictures;
}
