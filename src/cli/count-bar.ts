import { SingleBar } from 'cli-progress';
import { duration, progressWords, type Amounts } from '../core/number-words';

/** A count on the way, on stderr. */
export interface CountBar {
  /** @param total where it has become known since */
  update(done: number, total?: number): void;
  stop(): void;
}

/** Milliseconds between two lines on a stream that is no terminal. */
const LINE_INTERVAL = 10_000;

/** Where a count is shown, and how. */
export interface CountBarOptions {
  /** What is counted: "pictures", or "bytes", which are written in units. */
  readonly unit?: string;
  /** Milliseconds between two lines where there is no terminal; 10,000 where nothing is said. */
  readonly interval?: number;
  readonly stream?: Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean };
  /** The time in milliseconds. */
  readonly now?: () => number;
}

/**
 * Shows how many are done, how many a second and, where the total is known, when the end comes: as
 * a bar on a terminal, and elsewhere as a line every ten seconds. The rate counts from the first
 * update on, since what went before may have been done already.
 * @param total undefined where it isn't known
 */
export function countBar(
  label: string,
  total: number | undefined,
  options: CountBarOptions = {},
): CountBar {
  const { stream = process.stderr, now = () => performance.now() } = options;
  const startedAt = now();
  let first: { readonly done: number; readonly at: number } | null = null;
  const rateOf = (done: number): number => {
    if (!first) first = { done, at: now() };
    else if (now() > first.at) return (1000 * (done - first.done)) / (now() - first.at);
    return 0;
  };
  return stream.isTTY
    ? drawnBar(label, total, options, rateOf)
    : lines(label, total, options, rateOf, startedAt);
}

type RateOf = (done: number) => number;

/** Bars that stand on the terminal's last line. */
let drawn = 0;

/** A line on stderr; a bar that stands there makes room, and is drawn anew below it. */
export function say(line: string): void {
  if (drawn > 0) process.stderr.write('\r\x1b[K');
  console.error(line);
}

function drawnBar(
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
  drawn++;
  let isDrawn = true;
  return {
    update: (done, of) => bar.update(done, payload(done, of, rateOf(done))),
    stop: () => {
      bar.stop();
      if (isDrawn) drawn--;
      isDrawn = false;
    },
  };
}

function lines(
  label: string,
  total: number | undefined,
  options: CountBarOptions,
  rateOf: RateOf,
  startedAt: number,
): CountBar {
  const {
    unit = '',
    interval = LINE_INTERVAL,
    stream = process.stderr,
    now = () => performance.now(),
  } = options;
  const notify = (words: string) => void stream.write(`${label}: ${words}\n`);
  let [toldAt, told] = [startedAt, -1];
  let latest: Amounts = { done: 0, total: total ?? null, unit, perSecond: 0 };
  return {
    update: (done, of = total) => {
      latest = { done, total: of ?? null, unit, perSecond: rateOf(done) };
      if (now() - toldAt < interval) return;
      [toldAt, told] = [now(), done];
      notify(progressWords(latest));
    },
    // The end of what was told of; what took less than an interval is not spoken of at all, and
    // seconds are their own sum.
    stop: () => {
      if (told < 0 || told === latest.done || unit === 'seconds') return;
      told = latest.done;
      notify(
        `${progressWords({ ...latest, perSecond: 0 })} in ${duration((now() - startedAt) / 1000)}`,
      );
    },
  };
}
