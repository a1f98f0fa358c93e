import { trainedMethodNames, type TrainedMethodName } from '../../confidence/confidence-method';
import { BlobByteSource, fetchOrThrow } from '../../formats/bytes/byte-source';
import { openTensorFile } from '../../formats/tensors/open-tensor-file';
import { StudioError } from '../../core/studio-error';
import { openHead, type OpenedHead } from '../../training/checkpoint/open-head';
import type { ModelRuntime } from './model-runtime';

/** Where the heads that come with the studio lie, and how they are listed there. */
const FOLDER = 'heads/';
const LIST = 'heads.json';

interface ListedHead {
  readonly method: TrainedMethodName;
  readonly file: string;
}

/** A head that came with the studio. */
export interface ReadyHead {
  /** Its file's name. */
  readonly name: string;
  readonly opened: OpenedHead;
}

/**
 * The heads that come with the studio, one a method, for the backbone that comes with it. Each is
 * read when it is first asked for.
 */
export class ReadyHeads {
  readonly #opened = new Map<TrainedMethodName, Promise<ReadyHead | null>>();
  #list: Promise<readonly ListedHead[]> | null = null;

  constructor(readonly runtime: () => ModelRuntime) {}

  /**
   * The head of a method; null where none comes with the studio, or where it is of another backbone
   * than the one in use.
   * @throws StudioError `network`, `bad-checkpoint`
   */
  get(method: TrainedMethodName): Promise<ReadyHead | null> {
    const known = this.#opened.get(method);
    if (known) return known;
    const opening = this.#open(method);
    this.#opened.set(method, opening);
    // What failed is tried again when it is asked for again.
    opening.catch(() => this.#opened.delete(method));
    return opening;
  }

  /** Lets go of all: another backbone is in use. */
  forget(): void {
    for (const opening of this.#opened.values())
      void opening.then((head) => head?.opened.dispose()).catch(() => undefined);
    this.#opened.clear();
  }

  async #open(method: TrainedMethodName): Promise<ReadyHead | null> {
    this.#list ??= this.#fetchList();
    this.#list.catch(() => (this.#list = null));
    const listed = (await this.#list).find((each) => each.method === method);
    if (!listed) return null;
    const { backbone, maxBlockBytes, hasOwnBackbone } = this.runtime();
    if (!hasOwnBackbone) return null;
    const blob = await (
      await fetchOrThrow(new URL(FOLDER + listed.file, this.runtime().options.base).href)
    ).blob();
    return {
      name: listed.file,
      opened: await openHead(
        await openTensorFile(new BlobByteSource(listed.file, blob)),
        backbone,
        maxBlockBytes,
      ),
    };
  }

  async #fetchList(): Promise<readonly ListedHead[]> {
    const list: unknown = await (
      await fetchOrThrow(new URL(FOLDER + LIST, this.runtime().options.base).href)
    )
      .json()
      .catch(() => null);
    const isListed = (each: unknown): each is ListedHead => {
      const { method, file } = (each ?? {}) as Partial<Record<keyof ListedHead, unknown>>;
      return (
        trainedMethodNames.some((name) => name === method) &&
        typeof file === 'string' &&
        /^[\w.-]+$/.test(file)
      );
    };
    if (Array.isArray(list) && list.every(isListed)) return list;
    throw new StudioError(
      'bad-checkpoint',
      `${FOLDER}${LIST} is no list of heads; objects of "method" and "file" were expected.`,
      'Build the studio anew.',
    );
  }
}
