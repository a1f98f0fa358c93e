import { StudioError } from '../formats/studio-error';

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
   * Origins of shards that lie elsewhere than their manifest, in order of appearance, each once: whoever wrote the manifest
   * makes this machine ask there. To be shown before the first byte. Absent where no manifest from a URL was read.
   */
  readonly foreignOrigins?: readonly string[];
}

const MOST_SHARDS = 100_000;

/**
 * Expands brace patterns as a shell does: `a-{0000..0099}.tar` (zero-padded), `{train,val}-{0..3}.tar`, nested too. Braces
 * that hold neither a range nor a comma stand for themselves.
 * @throws StudioError `bad-source` past 100,000 names
 */
export function expandPattern(pattern: string): string[] {
  const names = expanded(pattern);
  if (!names) {
    throw new StudioError('bad-source', `The pattern "${pattern}" stands for more than ${MOST_SHARDS.toLocaleString('en')} shards.`, 'Check its braces.');
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
  const range = /^(\d+)\.\.(\d+)$/.exec(inside);
  const parts = splitAtCommas(inside);
  const middles = range ? numbersOf(range[1]!, range[2]!) : parts.length > 1 ? joined(parts.map(expanded)) : joined([expanded(inside)])?.map((text) => `{${text}}`);
  if (!tails || !middles || middles.length * tails.length > MOST_SHARDS) return null;
  const before = pattern.slice(0, open);
  return middles.flatMap((middle) => tails.map((tail) => `${before}${middle}${tail}`));
}

function numbersOf(from: string, to: string): string[] | null {
  const [first, last] = [Number(from), Number(to)];
  const size = Math.abs(last - first) + 1;
  if (size > MOST_SHARDS) return null;
  const padded = [from, to].some((end) => end.length > 1 && end.startsWith('0'));
  const width = padded ? Math.max(from.length, to.length) : 0;
  return Array.from({ length: size }, (_, i) => String(first + (last >= first ? i : -i)).padStart(width, '0'));
}

function joined(lists: readonly (string[] | null)[]): string[] | null {
  return lists.every((list) => list !== null) ? lists.flat() : null;
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
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '{') depth++;
    if (character === '}') depth--;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/**
 * Reads a manifest: `{ shards: [name | { name | file | url, images?, bytes? }], images?, identities? }`.
 * @param from its address or its file's name. From an address (http, https) its shards are addresses relative to it, and
 * other schemes are refused.
 * @throws StudioError `bad-source` naming what was found
 */
export function parseManifest(text: string, from: string): ShardList {
  const bad = (found: string) => new StudioError('bad-source', `The manifest ${from} ${found}.`, 'It takes {"shards": ["name.tar", …]}.');
  let manifest: { shards?: unknown; images?: unknown; identities?: unknown };
  try {
    manifest = JSON.parse(text);
  } catch {
    throw bad('is not JSON');
  }
  if (!Array.isArray(manifest?.shards) || manifest.shards.length === 0) throw bad('lists no shards');
  if (manifest.shards.length > MOST_SHARDS) throw bad(`lists ${manifest.shards.length} shards`);
  const known = (value: unknown) => (typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined);
  const shards = manifest.shards.map((entry: unknown): ShardEntry => {
    const record = (typeof entry === 'string' ? { name: entry } : entry) as Record<string, unknown> | null;
    const name = record?.name ?? record?.file ?? record?.url;
    if (typeof name !== 'string' || name === '') throw bad(`has a shard without a name (${JSON.stringify(entry)})`);
    return { name, images: known(record?.images), bytes: known(record?.bytes) };
  });
  const foreignOrigins = /^https?:/i.test(from) ? originsOtherThan(from, shards, bad) : undefined;
  return { shards, images: known(manifest.images), identities: known(manifest.identities), foreignOrigins };
}

function originsOtherThan(from: string, shards: readonly ShardEntry[], bad: (found: string) => StudioError): string[] {
  const base = new URL(from);
  const origins = new Set<string>();
  for (const { name } of shards) {
    const shown = JSON.stringify(name.slice(0, 100));
    // Resolved as it will be fetched: "//host/x", "\\\\host\\x" and "java\nscript:" are what the URL parser makes of them.
    const url = URL.canParse(name, base) ? new URL(name, base) : null;
    if (!url) throw bad(`has a shard that is no address (${shown})`);
    if (!/^https?:$/.test(url.protocol)) throw bad(`has a shard that is not on the web (${shown})`);
    if (url.origin !== base.origin) origins.add(url.origin);
  }
  return [...origins];
}
