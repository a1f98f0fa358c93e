/** How the page and the command line write numbers: pure functions, in English. */

/** A count with a comma between thousands: "1,200". */
export const count = (value: number | undefined): string =>
  value === undefined ? 'unknown' : value.toLocaleString('en');

/** A count to the nearest thousand or million: "950", "131 k", "7.2 M", "393 M". */
export function roundedCount(value: number): string {
  if (value < 1000) return count(value);
  const [unit, word] = value < 999_500 ? [1e3, 'k'] : [1e6, 'M'];
  const units = value / unit;
  return `${units < 9.95 ? units.toFixed(1) : count(Math.round(units))} ${word}`;
}

/** A number and what it counts: "1 shard", "6 shards". */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A number with fixed decimals; a dash if there is none, or it isn't finite. */
export const fixed = (value: number | null | undefined, digits = 2): string =>
  value === null || value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits);

/** A share 0..1 in per cent. */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

/** A rate as a ratio: "1 in 100" for 0.01; one that is no such ratio as it is. */
export function oneIn(rate: number): string {
  const one = Math.round(1 / rate);
  return Math.abs(one * rate - 1) < 1e-9 ? `1 in ${count(one)}` : String(rate);
}

/** Bytes in binary units: "512 B", "1.5 GiB". */
export function bytes(value: number | undefined): string {
  if (value === undefined) return 'unknown';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, value > 0 ? Math.floor(Math.log2(value) / 10) : 0);
  return `${(value / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** Seconds in the two units that fit: "59 s", "2 min 22 s", "1 h 02 min", "1 d 03 h". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (part: number) => String(Math.floor(part)).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${two((whole % 3600) / 60)} min`;
  return `${count(Math.floor(whole / 86400))} d ${two((whole % 86400) / 3600)} h`;
}

/** A rate in three figures: "178,000 a second", "25.3 a second"; below one, "12 a minute". */
export function rateWords(perSecond: number, unit = ''): string {
  if (unit === 'bytes') return `${bytes(perSecond)} a second`;
  if (perSecond < 1) return `${count(+(60 * perSecond).toPrecision(2))} a minute`;
  return `${count(+perSecond.toPrecision(3))} a second`;
}

/** Progress as numbers. */
export interface Amounts {
  readonly done: number;
  /** null if it isn't known. */
  readonly total: number | null;
  /**
   * What is counted, such as "pictures"; '' for no unit. "bytes" and "seconds" have a format of
   * their own.
   */
  readonly unit: string;
  readonly perSecond: number;
}

/**
 * How much is done, how fast, and how long the rest takes: "1,200 of 4,800 pictures · 25.3 a second
 * · about 2 min 22 s left". A rate of zero is left out, and so is a rest of less than a second.
 */
export function progressWords({ done, total, unit, perSecond }: Amounts): string {
  const ofTotal = total === null ? '' : ` of ${amountIn(unit, total)}`;
  const unitWord = unit === 'bytes' || unit === '' ? '' : ` ${unit}`;
  const parts = [`${amountIn(unit, done)}${ofTotal}${unitWord}`];
  const isMoving = Number.isFinite(perSecond) && perSecond > 0;
  if (isMoving && unit !== 'seconds') parts.push(rateWords(perSecond, unit));
  const secondsLeft = total === null || !isMoving ? 0 : (total - done) / perSecond;
  if (Math.round(secondsLeft) >= 1) parts.push(`about ${duration(secondsLeft)} left`);
  return parts.join(' · ');
}

function amountIn(unit: string, value: number): string {
  if (unit === 'bytes') return bytes(value);
  if (unit === 'seconds') return value.toFixed(1);
  return count(value);
}
