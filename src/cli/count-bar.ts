import { SingleBar } from 'cli-progress';
import { duration, progressWords, type Amounts } from '../core/number-words';
import { Throttle } from '../core/throttle';

/** The progress of one task, shown on stderr. */
export interface CountBar {
  /** @param total given here where it wasn't known when the bar was made */
  update(done: number, total?: number): void;
  stop(): void;
}

/** Milliseconds between two lines on a stream that is no terminal. */
const LINE_INTERVAL = 10_000;

/** Where progress is shown, and how. */
export interface CountBarOptions {
  /** What is counted: "pictures", or "bytes", which are written in units. */
  readonly unit?: string;
  /** Milliseconds between two lines where there is no terminal; 10,000 by default. */
  readonly interval?: number;
  readonly stream?: Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean };
  /** The time in milliseconds. */
  readonly now?: () => number;
}

/**
 * Shows how much is done, the rate and, where the total is known, the time left: as a bar on a
 * terminal, and elsewhere as a line every ten seconds. The rate counts from the first update on,
 * since part of the work may have been done before this process started.
 * @param total undefined where it isn't known
 */
export function countBar(
  label: string,
  total: number | undefined,
  options: CountBarOptions = {},
): CountBar {
  const { stream = process.stderr, now = () => performance.now() } = options;
  const rateOf = rateMeter(now);
  return stream.isTTY
    ? terminalBar(label, total, options, rateOf)
    : lineBar(label, total, options, rateOf);
}

type RateOf = (done: number) => number;

/** Amount per second since the first call; 0 at the first call. */
function rateMeter(now: () => number): RateOf {
  let first: { readonly done: number; readonly at: number } | null = null;
  return (done) => {
    if (!first) {
      first = { done, at: now() };
      return 0;
    }
    const elapsedMs = now() - first.at;
    return elapsedMs > 0 ? (1000 * (done - first.done)) / elapsedMs : 0;
  };
}

/** Bars that are on the terminal's last line now. */
let openBars = 0;

/** Prints a line on stderr. It replaces a bar on the terminal, which is redrawn below the line. */
export function logLine(line: string): void {
  if (openBars > 0) process.stderr.write('\r\x1b[K');
  console.error(line);
}

function terminalBar(
  label: string,
  total: number | undefined,
  { unit = '' }: CountBarOptions,
  rateOf: RateOf,
): CountBar {
  const format = total === undefined ? '{label} {words}' : '{label} [{bar}] {words}';
  const bar = new SingleBar({ format, hideCursor: true, stream: process.stderr });
  const payload = (done: number, of = total, perSecond = 0) => ({
    label,
    words: progressWords({ done, total: of ?? null, unit, perSecond }),
  });
  bar.start(total ?? 0, 0, payload(0));
  openBars++;
  let isOpen = true;
  return {
    update: (done, of) => bar.update(done, payload(done, of, rateOf(done))),
    stop: () => {
      bar.stop();
      if (isOpen) openBars--;
      isOpen = false;
    },
  };
}

function lineBar(
  label: string,
  total: number | undefined,
  options: CountBarOptions,
  rateOf: RateOf,
): CountBar {
  const {
    unit = '',
    interval = LINE_INTERVAL,
    stream = process.stderr,
    now = () => performance.now(),
  } = options;
  const startedAt = now();
  const throttle = new Throttle(interval, now);
  throttle.restart();
  const writeLine = (words: string) => {
    stream.write(`${label}: ${words}\n`);
  };
  let latest: Amounts = { done: 0, total: total ?? null, unit, perSecond: 0 };
  /** What the last line showed; null before the first line. */
  let shown: number | null = null;
  return {
    update: (done, of = total) => {
      latest = { done, total: of ?? null, unit, perSecond: rateOf(done) };
      if (!throttle.isDue) return;
      throttle.restart();
      shown = done;
      writeLine(progressWords(latest));
    },
    // A task shorter than one interval prints nothing. A count of seconds needs no line that says
    // how long it took.
    stop: () => {
      if (shown === null || shown === latest.done || unit === 'seconds') return;
      shown = latest.done;
      const amount = progressWords({ ...latest, perSecond: 0 });
      writeLine(`${amount} in ${duration((now() - startedAt) / 1000)}`);
    },
  };
}
