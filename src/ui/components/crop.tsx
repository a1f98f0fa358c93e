import { useEffect, useRef } from 'react';

/** Draws a crop of the worker: square, RGBA. */
export function Crop({
  pixels,
  label,
  side = 144,
}: {
  pixels: Uint8ClampedArray;
  label: string;
  side?: number;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = Math.sqrt(pixels.length / 4);
  useEffect(() => {
    canvas.current
      ?.getContext('2d')
      ?.putImageData(new ImageData(pixels as Uint8ClampedArray<ArrayBuffer>, size, size), 0, 0);
  }, [pixels, size]);
  return (
    <canvas
      ref={canvas}
      width={size}
      height={size}
      role="img"
      aria-label={label}
      style={{ width: side, height: side, borderRadius: 8, flexShrink: 0 }}
    />
  );
}
