import { StudioError } from '../../../core/studio-error';
import { byteHash } from '../../../formats/bytes/byte-hash';
import { readHeader, RECORDS_AT } from '../../../formats/bytes/commit-header';
import type { FileStore } from '../../../formats/bytes/file-store';
import { setAside } from '../../../formats/bytes/set-aside';
import { sha256OfText } from '../../../formats/bytes/sha256-hex';
import type { Backbone } from '../../../models/backbones/backbone';
import type { ConfidenceHead } from '../../../models/heads/confidence-head';
import type { EvaluatedHead } from '../evaluated-heads';
import type { ReadingPolicy } from '../../reading-policy';
import type { OpenIjbRelease } from './ijb-release';
import { KeptReadings } from './kept-readings';
import type { IjbReading, ReadingLayout } from './reading-record';

/** What decides the readings of a release's pictures. */
export interface ReadingsOf {
  readonly release: Pick<OpenIjbRelease, 'set' | 'fingerprint' | 'pictures'>;
  readonly backbone: Backbone;
  readonly heads: readonly EvaluatedHead[];
  readonly policy: ReadingPolicy;
}

/** Kept readings in a store, as they are listed: plain data. */
export interface KeptRelease {
  /** Of its file. */
  readonly name: string;
  /** null for a release of another set, and where the file is damaged. */
  readonly set: string | null;
  /** Pictures that have been read; null where the file is damaged. */
  readonly read: number | null;
  /** Pictures of the release; null where the file is damaged. */
  readonly pictures: number | null;
  /** Of the file, on disk. */
  readonly bytes: number;
}

const ENDING = '.readings';

/**
 * Keeps the readings of a release in a store. Where that fails, the evaluation goes on without: a
 * warning says so, and what was kept before stays.
 */
export class ReadingsKeep {
  #readings: KeptReadings | null = null;

  private constructor(
    readonly store: FileStore,
    readonly name: string,
    readonly text: string,
    readonly layout: ReadingLayout,
    readonly onWarning: (error: StudioError) => void,
  ) {}

  /** Opens what is kept, or begins it. Damaged readings are set aside, with a warning. */
  static async open(
    store: FileStore,
    of: ReadingsOf,
    onWarning: (error: StudioError) => void,
  ): Promise<ReadingsKeep> {
    const { name, text } = await fileOf(of);
    const keep = new ReadingsKeep(store, name, text, layoutOf(of), onWarning);
    await keep.#open();
    return keep;
  }

  /** Pictures whose readings are kept. */
  get count(): number {
    return this.#readings?.count ?? 0;
  }

  /** The readings in order. @throws StudioError `bad-checkpoint` at a damaged one */
  *replay(): Generator<IjbReading> {
    if (this.#readings) yield* this.#readings.replay();
  }

  /** Sets the file aside, which `cause` says is damaged, and begins another. */
  async startOver(cause: StudioError): Promise<void> {
    this.close();
    await this.#setAside(cause);
    await this.#open();
  }

  /** Adds what further pictures have given. */
  append(readings: readonly IjbReading[]): void {
    this.#tried((kept) => kept.append(readings));
  }

  /** Makes what was added survive a crash. @param complete nothing is to come */
  commit(complete = false): void {
    this.#tried((kept) => kept.commit(complete));
  }

  close(): void {
    this.#readings?.close();
    this.#readings = null;
  }

  async #open(): Promise<void> {
    try {
      const file = await this.store.openInPlace(this.name);
      try {
        this.#readings = KeptReadings.open(file, this.text, this.layout);
      } catch (thrown) {
        file.close();
        if (!isDamage(thrown)) throw thrown;
        await this.#setAside(thrown);
        const fresh = await this.store.openInPlace(this.name);
        this.#readings = KeptReadings.open(fresh, this.text, this.layout);
      }
    } catch (thrown) {
      this.#warnUnkept(thrown);
    }
  }

  async #setAside(cause: StudioError): Promise<void> {
    await setAside(this.store, this.name);
    const message = `${cause.message.replace(/\.$/, '')}, and were set aside.`;
    this.onWarning(new StudioError(cause.code, message, cause.nextStep, { cause }));
  }

  #tried(work: (kept: KeptReadings) => void): void {
    if (!this.#readings) return;
    try {
      work(this.#readings);
    } catch (thrown) {
      this.close();
      this.#warnUnkept(thrown);
    }
  }

  #warnUnkept(cause: unknown): void {
    const nextStep = 'It goes on, but what is read from now on is lost with this page.';
    const { code, message } = StudioError.record(cause, 'storage-denied', nextStep);
    this.onWarning(new StudioError(code, message, nextStep, { cause }));
  }
}

/** Whether an error says that kept readings are damaged. */
export const isDamage = (thrown: unknown): thrown is StudioError =>
  thrown instanceof StudioError && thrown.code === 'bad-checkpoint';

/** Numbers in the record of a face. */
export const layoutOf = ({ backbone, heads }: Pick<ReadingsOf, 'backbone' | 'heads'>) => ({
  embeddingDim: backbone.embeddingDim,
  outputSizes: heads.map(({ head }) => head.outputSize),
});

/** How many pictures are kept of a release. */
export async function keptCount(store: FileStore, of: ReadingsOf): Promise<number> {
  const { name } = await fileOf(of);
  return (await listKept(store)).find((kept) => kept.name === name)?.read ?? 0;
}

/** All kept readings in a store, those that were set aside too. */
export async function listKept(store: FileStore): Promise<KeptRelease[]> {
  const files = (await store.list()).filter(({ name }) => name.includes(ENDING));
  return Promise.all(
    files.map(async ({ name, bytes }): Promise<KeptRelease> => {
      const source = await store.open(name);
      const head = source && (await source.read(0, Math.min(RECORDS_AT, source.size)));
      const found = head && name.endsWith(ENDING) ? readHeader(head) : null;
      if (!found) return { name, set: null, read: null, pictures: null, bytes };
      const { set, pictures } = JSON.parse(found.text) as KeyOf;
      return { name, set, read: found.commit.records, pictures, bytes };
    }),
  );
}

/** What a file of readings says that they are of. */
interface KeyOf {
  readonly set: string | null;
  readonly pictures: number;
  readonly fingerprint: string;
  readonly backbone: string;
  readonly policy: ReadingPolicy;
  readonly heads: readonly string[];
}

async function fileOf({
  release,
  backbone,
  heads,
  policy,
}: ReadingsOf): Promise<{ readonly name: string; readonly text: string }> {
  const key: KeyOf = {
    set: release.set,
    pictures: release.pictures.names.length,
    fingerprint: release.fingerprint,
    backbone: backbone.hash,
    policy,
    heads: await Promise.all(heads.map(({ head }) => hashOf(head))),
  };
  const text = JSON.stringify(key);
  return { name: (await sha256OfText(text)).slice(0, 24) + ENDING, text };
}

/** A hash of all that decides what a head gives. */
async function hashOf(head: ConfidenceHead): Promise<string> {
  const sums: string[] = [];
  for (const [name, variable] of [...head.parameters, ...head.buffers]) {
    const { buffer, byteOffset, byteLength } = await variable.data();
    sums.push(`${name} ${byteHash(new Uint8Array(buffer, byteOffset, byteLength))}`);
  }
  return sha256OfText([head.name, head.outputSize, ...sums].join('\n'));
}
