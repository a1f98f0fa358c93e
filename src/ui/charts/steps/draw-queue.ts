import { flushSync } from 'react-dom';

/** Milliseconds between two charts' drawings while a run goes on. */
const DRAW_INTERVAL_MS = 100;

/**
 * Charts are drawn in turns, each in a task of its own: drawing all of them together would delay
 * typing and clicks. What a person did is drawn at once, new steps of a run more slowly.
 */
const waiting = new Set<() => void>();
const urgent = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;

function drawNext(): void {
  timer = undefined;
  const [draw] = urgent.size > 0 ? urgent : waiting;
  if (draw && !document.hidden) {
    cancelDrawing(draw);
    // In this task, with the effects that draw: React would gather several charts in one.
    flushSync(draw);
  }
  plan();
}

function plan(): void {
  if (timer !== undefined || waiting.size + urgent.size === 0) return;
  const isAtOnce = urgent.size > 0 && !document.hidden;
  timer = setTimeout(drawNext, isAtOnce ? 0 : DRAW_INTERVAL_MS);
}

/** Draws in its turn; once, however often it is asked for before that. */
export function enqueueDrawing(draw: () => void, isUrgent: boolean): void {
  (isUrgent ? urgent : waiting).add(draw);
  if (isUrgent) {
    clearTimeout(timer);
    timer = undefined;
  }
  plan();
}

/** Draws no more, if it still waits for its turn. */
export function cancelDrawing(draw: () => void): void {
  waiting.delete(draw);
  urgent.delete(draw);
}
