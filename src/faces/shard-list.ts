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
}

const MOST_SHARDS = 100_000;

/**
 * Expands brace patterns as a shell does: `a-{0000..0099}.tar` (zero-padded), `{train,val}-{0..3}.tar`.
 * @throws StudioError `bad-source` past 100,000 names
 */
export function expandPattern(pattern: string): string[] {
  const match = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(pattern);
  if (!match) return [pattern];
  const [, before, inside, after] = match as unknown as [string, string, string, string];
  const range = /^(\d+)\.\.(\d+)$/.exec(inside);
  const tails = expandPattern(after);
  const [from, to] = range ? [Number(range[1]), Number(range[2])] : [0, 0];
  const count = range ? Math.abs(to - from) + 1 : inside.split(',').length;
  if (count * tails.length > MOST_SHARDS) {
    throw new StudioError('bad-source', `The pattern "${pattern}" stands for more than ${MOST_SHARDS.toLocaleString('en')} shards.`, 'Check its braces.');
  }
  const width = range && (range[1]!.startsWith('0') || range[2]!.startsWith('0')) ? Math.max(range[1]!.length, range[2]!.length) : 0;
  const middles = range
    ? Array.from({ length: count }, (_, i) => String(from + (to >= from ? i : -i)).padStart(width, '0'))
    : inside.split(',');
  return middles.flatMap((middle) => tails.map((tail) => `${before}${middle}${tail}`));
}

/**
 * Reads a manifest: `{ shards: [name | { name | file | url, images?, bytes? }], images?, identities? }`.
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
  return { shards, images: known(manifest.images), identities: known(manifest.identities) };
}
