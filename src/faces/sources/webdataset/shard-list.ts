import { count } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';

/** One shard, with its entries in the manifest. */
export interface ShardEntry {
  readonly name: string;
  readonly images?: number;
  readonly bytes?: number;
}

/** A list of shards, with totals if they are known. */
export interface ShardList {
  readonly shards: readonly ShardEntry[];
  readonly images?: number;
  readonly identities?: number;
  /** Whether its pictures were drawn by the studio's generator. */
  readonly isDrawn?: boolean;
  /**
   * Origins of shards that lie on other servers than their manifest, in order of appearance, each
   * once. Shown to the user before anything is fetched, because the manifest's author decides which
   * servers are contacted. Absent unless a manifest was read from a URL.
   */
  readonly foreignOrigins?: readonly string[];
}

const MAX_SHARDS = 100_000;
/** Together with the limit on a range's digits this bounds the length of the expanded names. */
const MAX_PATTERN_LENGTH = 4096;

/**
 * Expands brace patterns as a shell does: `a-{0000..0099}.tar` (zero-padded),
 * `{train,val}-{0..3}.tar`, nested too. Braces that hold neither a range (of numbers up to 15
 * digits) nor a comma stand for themselves.
 * @throws StudioError `bad-source` past 100,000 names or 4,096 characters
 */
export function expandPattern(pattern: string): string[] {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new StudioError(
      'bad-source',
      `The pattern "${pattern.slice(0, 100)} …" has ${count(pattern.length)} ` +
        `characters; up to ${count(MAX_PATTERN_LENGTH)} are read.`,
      'Use a manifest.json for shards of many names.',
    );
  }
  const names = expanded(pattern);
  if (!names) {
    const shown = pattern.length > 100 ? `${pattern.slice(0, 100)} …` : pattern;
    throw new StudioError(
      'bad-source',
      `The pattern "${shown}" stands for more than ${count(MAX_SHARDS)} shards.`,
      'Check its braces.',
    );
  }
  return names;
}

/** The expanded names; null if there are too many. */
function expanded(pattern: string): string[] | null {
  const open = pattern.indexOf('{');
  const close = open < 0 ? -1 : closingBrace(pattern, open);
  if (close < 0) return [pattern];
  const inside = pattern.slice(open + 1, close);
  const tails = expanded(pattern.slice(close + 1));
  const range = /^(\d{1,15})\.\.(\d{1,15})$/.exec(inside);
  const parts = splitAtCommas(inside);
  let middles: string[] | null | undefined;
  if (range) middles = numbersOf(range[1]!, range[2]!);
  else if (parts.length > 1) middles = allOf(parts);
  else middles = expanded(inside)?.map((text) => `{${text}}`);
  if (!tails || !middles || middles.length * tails.length > MAX_SHARDS) return null;
  const before = pattern.slice(0, open);
  return middles.flatMap((middle) => tails.map((tail) => `${before}${middle}${tail}`));
}

function numbersOf(from: string, to: string): string[] | null {
  const [first, last] = [Number(from), Number(to)];
  const size = Math.abs(last - first) + 1;
  if (size > MAX_SHARDS) return null;
  const padded = [from, to].some((end) => end.length > 1 && end.startsWith('0'));
  const width = padded ? Math.max(from.length, to.length) : 0;
  return Array.from({ length: size }, (_, i) =>
    String(first + (last >= first ? i : -i)).padStart(width, '0'),
  );
}

/** The expanded names of all parts, concatenated. Stops as soon as there are too many. */
function allOf(parts: readonly string[]): string[] | null {
  const names: string[] = [];
  for (const part of parts) {
    const more = expanded(part);
    if (!more || names.length + more.length > MAX_SHARDS) return null;
    for (const name of more) names.push(name);
  }
  return names;
}

function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}') depth--;
    if (depth === 0) return at;
  }
  return -1;
}

/** Splits at commas outside of inner braces. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}') depth--;
    else if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}

/**
 * Parses a manifest: `{ shards: [name | { name | file | url, images?, bytes? }], images?,
 * identities? }`. With a `generatorVersion` it is of drawn faces.
 * @param from the manifest's URL or file name. For a URL (http, https) the shards are URLs relative
 * to it, and other schemes are refused.
 * @throws StudioError `bad-source` naming the problem
 */
export function parseManifest(text: string, from: string): ShardList {
  const bad = (found: string) =>
    new StudioError(
      'bad-source',
      `The manifest ${from} ${found}.`,
      'It takes {"shards": ["name.tar", …]}.',
    );
  let manifest: {
    shards?: unknown;
    images?: unknown;
    identities?: unknown;
    generatorVersion?: unknown;
  };
  try {
    manifest = JSON.parse(text);
  } catch {
    throw bad('is not JSON');
  }
  if (!Array.isArray(manifest?.shards) || manifest.shards.length === 0)
    throw bad('lists no shards');
  if (manifest.shards.length > MAX_SHARDS) throw bad(`lists ${manifest.shards.length} shards`);
  const countOf = (value: unknown) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  const shards = manifest.shards.map((entry: unknown): ShardEntry => {
    const record = (typeof entry === 'string' ? { name: entry } : entry) as Record<
      string,
      unknown
    > | null;
    const name = record?.name ?? record?.file ?? record?.url;
    if (typeof name !== 'string' || name === '')
      throw bad(`has a shard without a name (${kindOf(entry)})`);
    return { name, images: countOf(record?.images), bytes: countOf(record?.bytes) };
  });
  const foreignOrigins = /^https?:/i.test(from) ? originsOtherThan(from, shards, bad) : undefined;
  return {
    shards,
    images: countOf(manifest.images),
    identities: countOf(manifest.identities),
    isDrawn: countOf(manifest.generatorVersion) === undefined ? undefined : true,
    foreignOrigins,
  };
}

/** Describes an entry briefly. Doesn't descend into it: a small file can nest values very deep. */
function kindOf(entry: unknown): string {
  if (Array.isArray(entry)) return `a list of ${entry.length}`;
  if (typeof entry !== 'object' || entry === null) return JSON.stringify(entry).slice(0, 100);
  return (
    'an object with ' +
    `${Object.keys(entry).slice(0, 5).join(', ').slice(0, 100) || 'nothing'} in it`
  );
}

function originsOtherThan(
  from: string,
  shards: readonly ShardEntry[],
  bad: (found: string) => StudioError,
): string[] {
  const base = new URL(from);
  const origins = new Set<string>();
  for (const { name } of shards) {
    const shown = JSON.stringify(name.slice(0, 100));
    // Resolved exactly as fetch does: only the URL parser decides what "//host/x", "\\\\host\\x"
    // and "java\nscript:" mean.
    const url = URL.canParse(name, base) ? new URL(name, base) : null;
    if (!url) throw bad(`has a shard that is no address (${shown})`);
    if (!/^https?:$/.test(url.protocol)) throw bad(`has a shard that is not on the web (${shown})`);
    if (url.origin !== base.origin) origins.add(url.origin);
  }
  return [...origins];
}
