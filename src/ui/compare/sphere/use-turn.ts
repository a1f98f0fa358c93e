import { useReducedMotion } from '@mantine/hooks';
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { Turn } from './sphere-geometry';

/** Radians for a pixel of a drag, and for a press of an arrow key. */
const [A_PIXEL, A_KEY] = [0.008, 0.12];
/** What is left of the speed after each frame of coming to rest. */
const FRICTION = 0.93;
const MAX_PITCH = 1.2;

/** How the sphere stands before it is turned: seen a little from above. */
const AT_REST: Turn = { yaw: 0, pitch: 0.28 };

/**
 * Turns the sphere by pointer and arrow keys; Home brings it back. After a drag it comes slowly to
 * rest, except under reduced motion, where it stands still at once.
 */
export function useTurn() {
  const [turn, setTurn] = useState(AT_REST);
  const isStill = useReducedMotion();
  const speed = useRef({ yaw: 0, pitch: 0 });
  const frame = useRef(0);
  const isHeld = useRef(false);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  const by = (yaw: number, pitch: number) =>
    setTurn((now) => ({
      yaw: now.yaw + yaw,
      pitch: Math.max(-MAX_PITCH, Math.min(MAX_PITCH, now.pitch + pitch)),
    }));
  const comeToRest = () => {
    const { yaw, pitch } = speed.current;
    if (Math.hypot(yaw, pitch) < 0.0005) return;
    by(yaw, pitch);
    speed.current = { yaw: yaw * FRICTION, pitch: pitch * FRICTION };
    frame.current = requestAnimationFrame(comeToRest);
  };
  return {
    turn,
    handlers: {
      onPointerDown(event: PointerEvent<Element>) {
        event.currentTarget.setPointerCapture(event.pointerId);
        cancelAnimationFrame(frame.current);
        speed.current = { yaw: 0, pitch: 0 };
        isHeld.current = true;
      },
      onPointerMove(event: PointerEvent<Element>) {
        if (!isHeld.current) return;
        speed.current = { yaw: A_PIXEL * event.movementX, pitch: A_PIXEL * event.movementY };
        by(speed.current.yaw, speed.current.pitch);
      },
      onPointerUp() {
        isHeld.current = false;
        if (!isStill) comeToRest();
      },
      onKeyDown(event: KeyboardEvent<Element>) {
        const step = KEYS[event.key];
        if (!step && event.key !== 'Home') return;
        event.preventDefault();
        if (step) by(...step);
        else setTurn(AT_REST);
      },
    },
  };
}

const KEYS: Readonly<Partial<Record<string, readonly [number, number]>>> = {
  ArrowLeft: [-A_KEY, 0],
  ArrowRight: [A_KEY, 0],
  ArrowUp: [0, -A_KEY],
  ArrowDown: [0, A_KEY],
};
