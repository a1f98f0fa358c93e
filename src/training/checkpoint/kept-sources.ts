import type { FileStore } from '../../formats/bytes/file-store';
import type { SourceInfo } from '../../faces/face-source';
import { StudioError } from '../../core/studio-error';

/** Name of the file in a {@link FileStore} with each source's fingerprint. */
const SOURCES_FILE = 'sources.json';
/** Sources in the file; the oldest are dropped. */
const MAX_SOURCES = 100;

/** Dependencies of {@link SourceFingerprints}. */
export interface KeptSourcesOptions {
  /** Must return null for a file that can't be read, and report that itself. */
  readonly store: Pick<FileStore, 'read'>;
  /** Writes a file, and reports a failure. */
  readonly write: (name: string, bytes: Uint8Array) => Promise<boolean>;
  readonly onNotice: (text: string) => void;
}

/**
 * Remembers the fingerprint that the source of each name had. Cached features are found by
 * fingerprint, but users know sources by name: this is how the studio can tell them that the
 * pictures behind a name have changed.
 */
export class SourceFingerprints {
  private constructor(
    readonly options: KeptSourcesOptions,
    /** Fingerprints by the `shards` setting; the latest is last. */
    readonly known: ReadonlyMap<string, string>,
  ) {}

  /** Reads the file, if the store has one. */
  static async open(options: KeptSourcesOptions): Promise<SourceFingerprints> {
    const bytes = await options.store.read(SOURCES_FILE);
    return new SourceFingerprints(options, bytes ? namesIn(bytes) : new Map());
  }

  /**
   * A source's fingerprint. If the network fails, the last known one, with a notice that it may be
   * outdated: cached features need no network.
   * @throws StudioError as the source does
   */
  async fingerprintOf(shards: string, asked: Promise<string>): Promise<string> {
    try {
      return await asked;
    } catch (thrown) {
      const last = this.known.get(shards);
      const isNetwork = thrown instanceof StudioError && thrown.code === 'network';
      if (!isNetwork || last === undefined) throw thrown;
      const text = `Whether the pictures of ${shards} are still the same could not be asked.`;
      this.options.onNotice(`${thrown.message} ${text} What is kept of them is used.`);
      return last;
    }
  }

  /**
   * Records that the pictures of a source will be embedded. Posts a notice if other pictures had
   * this name before.
   */
  async reads(shards: string, { name }: SourceInfo, fingerprint: string): Promise<void> {
    const before = this.known.get(shards);
    if (before === fingerprint) return;
    if (before !== undefined) {
      const text = `The pictures of ${name} changed since their features were kept`;
      this.options.onNotice(`${text}; they are read again.`);
    }
    const names = [...this.known].filter(([known]) => known !== shards);
    const latest = [...names, [shards, fingerprint]].slice(-MAX_SOURCES);
    const text = JSON.stringify(Object.fromEntries(latest));
    await this.options.write(SOURCES_FILE, new TextEncoder().encode(text));
  }
}

/** Parses the file's names and fingerprints; empty for any other content. */
function namesIn(bytes: Uint8Array): Map<string, string> {
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder().decode(bytes));
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return new Map();
    throw thrown;
  }
  const entries = typeof found === 'object' && found !== null ? Object.entries(found) : [];
  const isNamed = (entry: [string, unknown]): entry is [string, string] =>
    typeof entry[1] === 'string';
  return new Map(entries.filter(isNamed));
}
