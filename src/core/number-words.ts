/** Numbers as page and command line write them: pure functions, English. */

/** A count with thousands marked. */
export const count = (value: number | undefined): string =>
  value === undefined ? 'unknown' : value.toLocaleString('en');

/** A number and what it counts: "1 shard", "6 shards". */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Bytes in binary units. */
export function bytes(value: number | undefined): string {
  if (value === undefined) return 'unknown';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, value > 0 ? Math.floor(Math.log2(value) / 10) : 0);
  return `${(value / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** Seconds as minutes and seconds, hours and minutes, or days and hours. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (part: number) => String(Math.floor(part)).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${two((whole % 3600) / 60)} min`;
  return `${count(Math.floor(whole / 86400))} d ${two((whole % 86400) / 3600)} h`;
}

/** A rate in three figures: "178,000 a second", "25.3 a second", "12 a minute" below one. */
export function rateWords(perSecond: number, unit = ''): string {
  if (unit === 'bytes') return `${bytes(perSecond)} a second`;
  if (perSecond < 1) return `${count(+(60 * perSecond).toPrecision(2))} a minute`;
  return `${count(+perSecond.toPrecision(3))} a second`;
}

/** How far something is. */
export interface Amounts {
  readonly done: number;
  /** null where it isn't known. */
  readonly total: number | null;
  /**
   * What is counted: "pictures"; "bytes" and "seconds" are written in their own manner, and nothing
   * for none.
   */
  readonly unit: string;
  readonly perSecond: number;
}

/**
 * What is done, how fast, and when the end comes: "1,200 of 4,800 pictures · 25.3 a second · about
 * 2 min 22 s left". A rate of nothing and an end that is less than a second away are left out.
 */
export function progressWords({ done, total, unit, perSecond }: Amounts): string {
  const amount = (value: number) =>
    unit === 'bytes' ? bytes(value) : unit === 'seconds' ? value.toFixed(1) : count(value);
  const of = total === null ? '' : ` of ${amount(total)}`;
  const parts = [`${amount(done)}${of}${unit === 'bytes' || unit === '' ? '' : ` ${unit}`}`];
  const isMoving = Number.isFinite(perSecond) && perSecond > 0;
  if (isMoving && unit !== 'seconds') parts.push(rateWords(perSecond, unit));
  const left = total === null || !isMoving ? 0 : (total - done) / perSecond;
  if (Math.round(left) >= 1) parts.push(`about ${duration(left)} left`);
  return parts.join(' · ');
}
