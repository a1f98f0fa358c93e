import { useInViewport } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';

/**
 * Draws its content once it comes into sight, and keeps it from then on: what lies below the fold
 * shall not hold up what lies above.
 * @param height in pixels, about, of the space that it takes until then
 */
export function WhenSeen({ height, children }: { height: number; children: ReactNode }) {
  const { ref, inViewport } = useInViewport<HTMLDivElement>();
  const [wasSeen, setSeen] = useState(false);
  if (inViewport && !wasSeen) setSeen(true);
  return (
    <div ref={ref} style={{ minHeight: wasSeen ? undefined : height }}>
      {wasSeen && children}
    </div>
  );
}
