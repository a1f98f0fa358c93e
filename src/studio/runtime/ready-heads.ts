import type { TrainedMethodName } from '../../confidence/confidence-method';
import { fetchedSource, fetchOrThrow } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import {
  parseReadyHeads,
  READY_HEAD_LIST,
  type FaceKind,
  type ReadyHeadEntry,
} from '../../models/heads/ready-head-list';
import { openHead } from '../../training/checkpoint/open-head';
import type { ModelRuntime } from './model-runtime';
import { heldHead, type HeldHead } from './trained-head';

/** The folder of the heads that come with the studio, next to the page. */
const FOLDER = 'heads/';

/**
 * The heads that come with the studio, trained on the backbone that comes with it: for photographs
 * one for each method, for drawn faces at least the `scf` one. Each is fetched when it is first
 * asked for.
 */
export class ReadyHeads {
  readonly #opened = new Map<string, Promise<HeldHead | null>>();
  #list: Promise<readonly ReadyHeadEntry[]> | null = null;

  constructor(readonly runtime: () => ModelRuntime) {}

  /**
   * The head of a method for a kind of faces; null if none comes with the studio, or if another
   * backbone is in use.
   * @throws StudioError `network`, `bad-checkpoint`
   */
  get(method: TrainedMethodName, faces: FaceKind): Promise<HeldHead | null> {
    const key = `${method} ${faces}`;
    const known = this.#opened.get(key);
    if (known) return known;
    const opening = this.#open(method, faces);
    this.#opened.set(key, opening);
    // A head that could not be read is tried again the next time.
    opening.catch(() => this.#opened.delete(key));
    return opening;
  }

  /**
   * The heads that come with the studio; none if another backbone is in use.
   * @throws StudioError `network`, `bad-checkpoint`
   */
  async listed(): Promise<readonly ReadyHeadEntry[]> {
    if (!this.runtime().hasOwnBackbone) return [];
    this.#list ??= this.#fetchList();
    this.#list.catch(() => (this.#list = null));
    return this.#list;
  }

  /**
   * Begins to read the heads of a method, which are likely to be asked for. A failure is left to
   * whoever asks.
   */
  async prepare(method: TrainedMethodName): Promise<void> {
    const list = await this.listed().catch((): readonly ReadyHeadEntry[] => []);
    for (const each of list)
      if (each.method === method) this.get(method, each.faces).catch(() => undefined);
  }

  /** Disposes all heads: another backbone is in use. */
  forget(): void {
    for (const opening of this.#opened.values())
      void opening.then((head) => head?.dispose()).catch(() => undefined);
    this.#opened.clear();
  }

  async #open(method: TrainedMethodName, faces: FaceKind): Promise<HeldHead | null> {
    const list = await this.listed();
    const listed = list.find((each) => each.method === method && each.faces === faces);
    if (!listed) return null;
    const blob = await (await this.#fetch(listed.file)).blob();
    const file = await openTensorFile(await fetchedSource(listed.file, blob));
    const { backbone, maxBlockBytes, hasOwnBackbone } = this.runtime();
    // Another backbone may have been put in use meanwhile.
    if (!hasOwnBackbone) return null;
    const opened = await openHead(file, backbone, maxBlockBytes);
    return heldHead(opened, { kind: 'studio', faces, name: listed.file });
  }

  async #fetchList(): Promise<readonly ReadyHeadEntry[]> {
    const response = await this.#fetch(READY_HEAD_LIST);
    const list: unknown = await response.json().catch(() => null);
    return parseReadyHeads(list, FOLDER + READY_HEAD_LIST);
  }

  #fetch(name: string): Promise<Response> {
    return fetchOrThrow(new URL(FOLDER + name, this.runtime().options.base).href);
  }
}
