import { useEffect, useState } from 'react';
import type { SampleFace } from '../studio/protocol';

/** A sample with an address that an `<img>` can show. */
export interface SamplePicture {
  readonly key: string;
  readonly label: number;
  readonly url: string;
}

/** Addresses of samples' pictures, given back when others are shown or the component goes. */
export function usePictureUrls(samples: readonly SampleFace[]): readonly SamplePicture[] {
  const [pictures, setPictures] = useState<readonly SamplePicture[]>([]);
  useEffect(() => {
    const made = samples.map(({ key, label, jpeg }) => ({ key, label, url: URL.createObjectURL(new Blob([jpeg as Uint8Array<ArrayBuffer>])) }));
    // eslint-disable-next-line react-hooks/set-state-in-effect -- an address is made and given back by the same effect, or it leaks
    setPictures(made);
    return () => made.forEach(({ url }) => URL.revokeObjectURL(url));
  }, [samples]);
  return pictures;
}
