import type { TrainedMethodName } from '../../confidence/confidence-method';
import { BlobByteSource, fetchOrThrow } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import {
  parseReadyHeads,
  READY_HEAD_LIST,
  type ReadyHeadEntry,
} from '../../models/heads/ready-head-list';
import { openHead, type OpenedHead } from '../../training/checkpoint/open-head';
import type { ModelRuntime } from './model-runtime';

/** The folder of the heads that come with the studio, next to the page. */
const FOLDER = 'heads/';

/** A head that came with the studio. */
export interface ReadyHead {
  /** Its file's name. */
  readonly name: string;
  readonly opened: OpenedHead;
}

/**
 * The heads that come with the studio: for photographs, one for each method, trained on the
 * backbone that comes with it. Each is fetched when it is first asked for.
 */
export class ReadyHeads {
  readonly #opened = new Map<TrainedMethodName, Promise<ReadyHead | null>>();
  #list: Promise<readonly ReadyHeadEntry[]> | null = null;

  constructor(readonly runtime: () => ModelRuntime) {}

  /**
   * The head of a method; null if none comes with the studio, or if another backbone is in use.
   * @throws StudioError `network`, `bad-checkpoint`
   */
  get(method: TrainedMethodName): Promise<ReadyHead | null> {
    const known = this.#opened.get(method);
    if (known) return known;
    const opening = this.#open(method);
    this.#opened.set(method, opening);
    // A head that could not be read is tried again the next time.
    opening.catch(() => this.#opened.delete(method));
    return opening;
  }

  /** Disposes all heads: another backbone is in use. */
  forget(): void {
    for (const opening of this.#opened.values())
      void opening.then((head) => head?.opened.dispose()).catch(() => undefined);
    this.#opened.clear();
  }

  async #open(method: TrainedMethodName): Promise<ReadyHead | null> {
    this.#list ??= this.#fetchList();
    this.#list.catch(() => (this.#list = null));
    const listed = (await this.#list).find(
      (each) => each.method === method && each.faces === 'photographs',
    );
    if (!listed) return null;
    const { backbone, maxBlockBytes, hasOwnBackbone } = this.runtime();
    if (!hasOwnBackbone) return null;
    const blob = await (await this.#fetch(listed.file)).blob();
    const file = await openTensorFile(new BlobByteSource(listed.file, blob));
    return { name: listed.file, opened: await openHead(file, backbone, maxBlockBytes) };
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
