/** Numbers as the page writes them. */
export const fixed = (value: number | null | undefined, digits = 2): string => (value === null || value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(digits));

/** A count with thousands marked. */
export const count = (value: number | undefined): string => (value === undefined ? 'unknown' : value.toLocaleString('en'));

/** A share 0..1 in per cent. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

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

/** A number and what it counts: "1 shard", "6 shards". */
export const counted = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`;
