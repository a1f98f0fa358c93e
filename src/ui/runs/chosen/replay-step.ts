/** Milliseconds between two pictures of a replay. */
export const REPLAY_TICK_MS = 100;
/** Milliseconds in which a run is played from its first step to its last. */
const REPLAY_MS = 10_000;

/** The step that a replay shows after another one. */
export function nextReplayStep(step: number, lastStep: number): number {
  const stride = Math.max(1, Math.round((lastStep * REPLAY_TICK_MS) / REPLAY_MS));
  return Math.min(lastStep, step + stride);
}
