import { StudioError } from '../../../core/studio-error';

/** One shard and what its manifest says of it. */
export interface ShardEntry {
  readonly name: string;
  readonly images?: number;
  readonly bytes?: number;
}

/** A list of shards, with totals where they are known. */
export interface ShardList {
  readonly shards: readonly ShardEntry[];
  readonly images?: number;
  readonly identities?: number;
  /**
   * Origins of shards that lie elsewhere than their manifest, in order of appearance, each once:
   * whoever wrote the manifest makes this machine ask there. To be shown before the first byte.
   * Absent where no manifest from a URL was read.
   */
  readonly foreignOrigins?: readonly string[];
}

const MAX_SHARDS = 100_000;
/**
 * No address is longer; with the digits of a range bounded too, names can't grow out of a short
 * pattern.
 */
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
      `The pattern "${pattern.slice(0, 100)} …" has ${pattern.length.toLocaleString('en')} ` +
        `characters; up to ${MAX_PATTERN_LENGTH.toLocaleString('en')} are read.`,
      'Use a manifest.json for shards of many names.',
    );
  }
  const names = expanded(pattern);
  if (!names) {
    throw new StudioError(
      'bad-source',
      `The pattern "${pattern.length > 100 ? `${pattern.slice(0, 100)} …` : pattern}" stands for more than ${MAX_SHARDS.toLocaleString('en')} shards.`,
      'Check its braces.',
    );
  }
  return names;
}

/** The names, or null when there are too many. */
function expanded(pattern: string): string[] | null {
  const open = pattern.indexOf('{');
  const close = open < 0 ? -1 : closingBrace(pattern, open);
  if (close < 0) return [pattern];
  const inside = pattern.slice(open + 1, close);
  const tails = expanded(pattern.slice(close + 1));
  const range = /^(\d{1,15})\.\.(\d{1,15})$/.exec(inside);
  const parts = splitAtCommas(inside);
  const middles = range
    ? numbersOf(range[1]!, range[2]!)
    : parts.length > 1
      ? allOf(parts)
      : expanded(inside)?.map((text) => `{${text}}`);
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

/** The names of all parts, one behind the other; no part is looked at once there are too many. */
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
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

/** Parts between the commas that stand in no inner brace. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let [depth, from] = [0, 0];
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
 * Reads a manifest: `{ shards: [name | { name | file | url, images?, bytes? }], images?,
 * identities? }`.
 * @param from its address or its file's name. From an address (http, https) its shards are
 * addresses relative to it, and other schemes are refused.
 * @throws StudioError `bad-source` naming what was found
 */
export function parseManifest(text: string, from: string): ShardList {
  const bad = (found: string) =>
    new StudioError(
      'bad-source',
      `The manifest ${from} ${found}.`,
      'It takes {"shards": ["name.tar", …]}.',
    );
  let manifest: { shards?: unknown; images?: unknown; identities?: unknown };
  try {
    manifest = JSON.parse(text);
  } catch {
    throw bad('is not JSON');
  }
  if (!Array.isArray(manifest?.shards) || manifest.shards.length === 0)
    throw bad('lists no shards');
  if (manifest.shards.length > MAX_SHARDS) throw bad(`lists ${manifest.shards.length} shards`);
  const known = (value: unknown) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  const shards = manifest.shards.map((entry: unknown): ShardEntry => {
    const record = (typeof entry === 'string' ? { name: entry } : entry) as Record<
      string,
      unknown
    > | null;
    const name = record?.name ?? record?.file ?? record?.url;
    if (typeof name !== 'string' || name === '')
      throw bad(`has a shard without a name (${kindOf(entry)})`);
    return { name, images: known(record?.images), bytes: known(record?.bytes) };
  });
  const foreignOrigins = /^https?:/i.test(from) ? originsOtherThan(from, shards, bad) : undefined;
  return {
    shards,
    images: known(manifest.images),
    identities: known(manifest.identities),
    foreignOrigins,
  };
}

/**
 * A few words on an entry. Never looks deep into it: a small file can nest a value that is endless
 * to print.
 */
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
    // Resolved as it will be fetched: "//host/x", "\\\\host\\x" and "java\nscript:" are what the
    // URL parser makes of them.
    const url = URL.canParse(name, base) ? new URL(name, base) : null;
    if (!url) throw bad(`has a shard that is no address (${shown})`);
    if (!/^https?:$/.test(url.protocol)) throw bad(`has a shard that is not on the web (${shown})`);
    if (url.origin !== base.origin) origins.add(url.origin);
  }
  return [...origins];
}
