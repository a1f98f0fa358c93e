import { useEffect, useRef, type RefObject } from 'react';
import type { CameraReading } from '../../../studio/protocol';
import { ask } from '../../shell/client/studio-client';
import { studioStore } from '../../shell/studio-store';
import { useStudio } from '../../shell/use-studio';
import { cameraReducer } from './camera-slice';

/**
 * The camera's live picture, mirrored, with the last face found drawn over it. It doesn't wait for
 * the worker.
 */
export function CameraView({ stream }: { stream: MediaStream }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  useFrames(video);
  const reading = useStudio((state) => state.camera);
  return (
    <div
      style={{
        position: 'relative',
        transform: 'scaleX(-1)',
        borderRadius: 8,
        overflow: 'hidden',
        background: '#000',
        aspectRatio: '4 / 3',
      }}
    >
      <video
        ref={video}
        autoPlay
        muted
        playsInline
        aria-label="The camera"
        style={{ width: '100%', height: '100%', objectFit: 'contain', display: 'block' }}
      />
      {reading?.face && <FaceMarks reading={reading} />}
    </div>
  );
}

function FaceMarks({ reading: { width, height, face } }: { reading: CameraReading }) {
  const { box, points } = face!;
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="xMidYMid meet"
      aria-hidden
      style={{ position: 'absolute', inset: 0, width: '100%', height: '100%' }}
    >
      <rect
        x={box.left}
        y={box.top}
        width={box.width}
        height={box.height}
        fill="none"
        stroke="#3bc9db"
        strokeWidth={2}
      />
      {points.map(([x, y], i) => (
        <circle key={i} cx={x} cy={y} r={3} fill="#fcc419" />
      ))}
    </svg>
  );
}

const showReading = (reading: CameraReading) =>
  studioStore.setState((state) => cameraReducer(reading, state, performance.now()));

/**
 * Sends frames to the worker, one at a time: the next one after the answer. Animation frames stop
 * while the page is hidden, and the sending with them.
 */
function useFrames(video: RefObject<HTMLVideoElement | null>): void {
  const answered = useStudio((state) => state.camera);
  useEffect(() => {
    let isCancelled = false;
    let frame = 0;
    const next = () => {
      const element = video.current;
      if (isCancelled) return;
      if (!element || element.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
        frame = requestAnimationFrame(next);
        return;
      }
      createImageBitmap(element).then(
        (bitmap) => {
          if (isCancelled) bitmap.close();
          else ask({ type: 'camera-frame', frame: bitmap }, showReading, [bitmap]);
        },
        (thrown: unknown) => {
          // A video that changes its size has no picture for a moment.
          if (!(thrown instanceof DOMException && thrown.name === 'InvalidStateError'))
            throw thrown;
          if (!isCancelled) frame = requestAnimationFrame(next);
        },
      );
    };
    frame = requestAnimationFrame(next);
    return () => {
      isCancelled = true;
      cancelAnimationFrame(frame);
    };
  }, [answered, video]);
}
