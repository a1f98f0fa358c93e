import type { SourceInfo } from '../../faces/face-source';
import { StudioError } from '../../core/studio-error';
import type { RunStore } from './run-store';

/** The file in a {@link RunStore} that tells of which contents features were made last, by name. */
const SOURCES_FILE = 'sources.json';
/** Names that are remembered, the latest. */
const MAX_NAMES = 100;

/** What {@link KeptSources} works with. */
export interface KeptSourcesOptions {
  /** null for what can't be read, which has been said. */
  readonly store: Pick<RunStore, 'read'>;
  /** Writes a file, and says aloud where that fails. */
  readonly keep: (name: string, bytes: Uint8Array) => Promise<boolean>;
  readonly onNotice: (text: string) => void;
}

/**
 * Features are kept for contents. A person goes by names: this remembers what a name stood for, to
 * say that its pictures changed.
 */
export class KeptSources {
  private constructor(
    readonly options: KeptSourcesOptions,
    /** Fingerprint by the name in the settings, the latest last. */
    readonly known: ReadonlyMap<string, string>,
  ) {}

  /** Reads what is remembered: nothing, where the store has no such file. */
  static async open(options: KeptSourcesOptions): Promise<KeptSources> {
    const bytes = await options.store.read(SOURCES_FILE);
    return new KeptSources(options, bytes ? namesIn(bytes) : new Map());
  }

  /**
   * A source's fingerprint. Where the network withholds it, the one it had last: features that are
   * kept need no network, and that they may be outdated is said.
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

  /** The pictures of a source are about to be embedded: says it where others went by this name. */
  async reads(shards: string, { name }: SourceInfo, fingerprint: string): Promise<void> {
    const before = this.known.get(shards);
    if (before === fingerprint) return;
    if (before !== undefined) {
      const text = `The pictures of ${name} changed since their features were kept`;
      this.options.onNotice(`${text}; they are read again.`);
    }
    const names = [...this.known].filter(([known]) => known !== shards);
    const latest = [...names, [shards, fingerprint]].slice(-MAX_NAMES);
    const text = JSON.stringify(Object.fromEntries(latest));
    await this.options.keep(SOURCES_FILE, new TextEncoder().encode(text));
  }
}

/** Names and fingerprints; none in a file that is no such list. */
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
