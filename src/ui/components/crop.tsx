import { useEffect, useRef } from 'react';

/** Pixels of the canvas for each of the page: sharp on fine screens and in a saved picture. */
const PIXEL_RATIO = 2;

/**
 * Draws a crop of the worker, enlarged smoothly.
 * @param pixels square, RGBA
 * @param side in pixels of the page; the width of its container by default
 */
export function Crop({
  pixels,
  label,
  side,
  drawnSide = side ?? 224,
}: {
  pixels: Uint8ClampedArray;
  label: string;
  side?: number;
  /** What it is drawn for, where its size is the container's. */
  drawnSide?: number;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = Math.sqrt(pixels.length / 4);
  const resolution = Math.max(size, Math.ceil(PIXEL_RATIO * drawnSide));
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const source = new OffscreenCanvas(size, size);
    source
      .getContext('2d')!
      .putImageData(new ImageData(pixels as Uint8ClampedArray<ArrayBuffer>, size, size), 0, 0);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = 'high';
    context.drawImage(source, 0, 0, resolution, resolution);
  }, [pixels, size, resolution]);
  return (
    <canvas
      ref={canvas}
      width={resolution}
      height={resolution}
      role="img"
      aria-label={label}
      style={{
        width: side ?? '100%',
        ...(side === undefined ? { aspectRatio: '1' } : { height: side }),
        borderRadius: 8,
        flexShrink: 0,
        display: 'block',
      }}
    />
  );
}
