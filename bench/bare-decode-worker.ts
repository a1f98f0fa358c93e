/**
 * What a bare loop does with each of its pictures, all of which it is given before the clock
 * starts.
 */
export interface BareLoop {
  readonly jpegs: readonly Uint8Array[];
  /** Pictures decoded concurrently. */
  readonly atOnce: number;
  /** Also draws each bitmap and reads its pixels back, which is how one gets bytes. */
  readonly readsPixels: boolean;
}

let loop: BareLoop;
let canvas: OffscreenCanvasRenderingContext2D;

/** Receives a loop, then runs it on each message; answers both. */
self.onmessage = async ({ data }: MessageEvent<BareLoop | 'run'>) => {
  if (data === 'run') await run();
  else loop = data;
  self.postMessage(null);
};

async function run(): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < loop.jpegs.length) await decode(loop.jpegs[next++]!);
  };
  await Promise.all(Array.from({ length: loop.atOnce }, lane));
}

async function decode(jpeg: Uint8Array): Promise<void> {
  const bitmap = await createImageBitmap(new Blob([jpeg as Uint8Array<ArrayBuffer>]));
  if (loop.readsPixels) {
    const { width, height } = bitmap;
    canvas ??= new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
    canvas.drawImage(bitmap, 0, 0);
    canvas.getImageData(0, 0, width, height);
  }
  bitmap.close();
}
