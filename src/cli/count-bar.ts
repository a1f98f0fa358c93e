import { SingleBar } from 'cli-progress';

/** A count on the way, on the terminal's error stream; silent where that is no terminal. */
export interface CountBar {
  update(done: number): void;
  stop(): void;
}

/**
 * Shows how many are done, how many a second and, where the total is known, when the end comes.
 * @param total undefined where it isn't known
 */
export function countBar(label: string, total: number | undefined): CountBar {
  const place = total === undefined ? '{value}' : '[{bar}] {value}/{total}';
  const rest = total === undefined ? '' : ' · {left} left';
  const bar = new SingleBar({ format: `${label} ${place} · {rate}/s${rest}`, hideCursor: true, stream: process.stderr });
  const startedAt = performance.now();
  bar.start(total ?? 0, 0, { rate: '–', left: '–' });
  return {
    update: (done) => {
      const perSecond = done / Math.max(1e-3, (performance.now() - startedAt) / 1000);
      const seconds = Math.max(0, (total ?? done) - done) / Math.max(1e-9, perSecond);
      bar.update(done, { rate: perSecond.toFixed(0), left: done > 0 ? duration(seconds) : '–' });
    },
    stop: () => bar.stop(),
  };
}

/** "35 s", "4 min", "2 h 05 min". */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
