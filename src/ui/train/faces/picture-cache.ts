import type { RunPicture } from '../../../studio/protocol';
import type { SourcePicture } from '../../../training/data/held-out/picture-reader';

/** Side of the pictures, in pixels. */
const PICTURE_SIDE = 56;
/** Pictures that are held: 12.5 KB each. */
const HELD = 600;
/** Pictures of one request: the worker is soon free for the next. */
const IN_A_REQUEST = 24;

type Fetch = (
  pictures: readonly SourcePicture[],
  side: number,
) => Promise<readonly (RunPicture | null)[]>;

const keyOf = ({ place, copy }: SourcePicture): string => `${place} ${copy}`;

/** Small pictures of the run on show, fetched when something wants to show them. */
export class PictureCache {
  /** null for a picture that can't be read. */
  readonly #pictures = new Map<string, RunPicture | null>();
  readonly #wanted = new Map<string, SourcePicture>();
  readonly #listeners = new Set<() => void>();
  #isFetching = false;
  /** Counts the runs: what comes for one before is dropped. */
  #round = 0;
  #version = 0;
  #problem: string | null = null;

  constructor(readonly fetch: Fetch) {}

  /** Moves whenever a picture has come, or all are forgotten. */
  get version(): number {
    return this.#version;
  }

  /** Why the last request failed, as a sentence; null if it didn't. */
  get problem(): string | null {
    return this.#problem;
  }

  /** A picture; null if it can't be read, undefined as long as it isn't there. */
  get(picture: SourcePicture): RunPicture | null | undefined {
    return this.#pictures.get(keyOf(picture));
  }

  /** Fetches what isn't there, soon. What was wanted last comes first. */
  want(pictures: readonly SourcePicture[]): void {
    for (const picture of [...pictures].reverse()) {
      const key = keyOf(picture);
      if (this.#pictures.has(key)) continue;
      this.#wanted.delete(key);
      this.#wanted.set(key, picture);
    }
    void this.#fetchAll();
  }

  /** Drops all pictures: they are of another run. */
  clear(): void {
    this.#round++;
    this.#pictures.clear();
    this.#wanted.clear();
    this.#problem = null;
    this.#tell();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #fetchAll(): Promise<void> {
    if (this.#isFetching) return;
    this.#isFetching = true;
    try {
      // Others that want pictures at the same moment are waited for.
      await Promise.resolve();
      while (this.#wanted.size > 0) await this.#fetchSome();
    } finally {
      this.#isFetching = false;
    }
  }

  async #fetchSome(): Promise<void> {
    const round = this.#round;
    const wanted = [...this.#wanted.values()].slice(-IN_A_REQUEST).reverse();
    for (const picture of wanted) this.#wanted.delete(keyOf(picture));
    let found: readonly (RunPicture | null)[];
    let problem: string | null = null;
    try {
      found = await this.fetch(wanted, PICTURE_SIDE);
    } catch (thrown) {
      problem = thrown instanceof Error ? thrown.message : String(thrown);
      found = wanted.map(() => null);
    }
    if (round !== this.#round) return;
    this.#problem = problem;
    wanted.forEach((picture, at) => this.#pictures.set(keyOf(picture), found[at] ?? null));
    for (const key of this.#pictures.keys()) {
      if (this.#pictures.size <= HELD) break;
      this.#pictures.delete(key);
    }
    this.#tell();
  }

  #tell(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }
}
