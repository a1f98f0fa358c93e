import { pictureEnding, pictureFormatOf } from '../decode/formats/picture-formats';
import { packTar, type TarEntry } from 'modern-tar';
import { count } from '../../core/number-words';
import { StudioError } from '../../core/studio-error';
import type { FaceRecord } from '../face-record';
import type { Fingerprint, PackedRecord } from './pack-fingerprint';
import { MemberKeys, memberKey } from './pack-keys';
import { emptySet, type PackOptions } from './pack-plan';
import { checkRecord, pathIn, type PackedSet, type SetWriter, type TarState } from './pack-set';
import type { PackSink } from './pack-sink';
import type { ShardEntry } from '../sources/webdataset/shard-list';

/** The reader accepts labels of up to eight digits. */
const LABEL_LIMIT = 10 ** 8;
/** Upper bound for the shards in a manifest. */
const MAX_SHARDS = 100_000;
/** Records are turned into tar members in batches of this size: one by one takes twice as long. */
const BATCH_BYTES = 256 * 2 ** 10;
/** The zero bytes at the end of an archive, which the library appends to every batch. */
const END_BYTES = 1024;

/**
 * Writes WebDataset shards `<name>-0000.tar`, … of `<key>.jpg` (or another extension, by the
 * picture's first bytes), `<key>.cls` and, if the degradation is known, `<key>.json`. The same
 * records give the same bytes: members have no times and no owners.
 */
export class TarSetWriter implements SetWriter {
  readonly #keys = new MemberKeys();
  readonly #labels = new Set<number>();
  readonly #shards: Required<ShardEntry>[];
  #number = 0;
  #images: number;
  #bytes: number;
  #renamed: number;
  #batch: TarEntry[] = [];
  #batchBytes = 0;

  constructor(
    readonly folder: string,
    readonly options: Pick<PackOptions, 'name' | 'shardSize'>,
    readonly sink: Pick<PackSink, 'append' | 'finish'>,
    state?: TarState,
  ) {
    this.#shards = [...(state?.shards ?? [])];
    this.#images = state?.images ?? 0;
    this.#bytes = state?.bytes ?? 0;
    this.#renamed = state?.renamed ?? 0;
  }

  prepare({ key, encoded, degradation }: FaceRecord, label: number): PackedRecord {
    const unique = this.#keys.unique(key, this.#number);
    this.#number++;
    const record = {
      key: unique,
      renamed: unique !== memberKey(key),
      label,
      picture: encoded,
      degradation,
    };
    checkRecord(record, LABEL_LIMIT, 'a tar shard');
    this.#labels.add(label);
    return record;
  }

  restore({ key, label }: Fingerprint): void {
    this.#number++;
    this.#keys.add(key);
    this.#labels.add(label);
  }

  async write({ key, renamed, label, picture, degradation }: PackedRecord): Promise<void> {
    const add = (extension: string, body: Uint8Array) => {
      this.#batch.push({
        header: { name: `${key}.${extension}`, size: body.length, mtime: new Date(0) },
        body,
      });
      this.#batchBytes += body.length;
    };
    const text = (value: string) => new TextEncoder().encode(value);
    add(pictureExtension(picture), picture);
    add('cls', text(String(label)));
    if (degradation) add('json', text(JSON.stringify({ degradation })));
    if (renamed) this.#renamed++;
    this.#images++;
    if (this.#batchBytes >= BATCH_BYTES) await this.#flush();
    if (this.#images >= this.options.shardSize) await this.#endShard();
  }

  async state(): Promise<TarState> {
    await this.#flush();
    return {
      form: 'tar',
      shards: [...this.#shards],
      images: this.#images,
      bytes: this.#bytes,
      renamed: this.#renamed,
    };
  }

  async finish(): Promise<PackedSet> {
    if (this.#images > 0) await this.#endShard();
    if (this.#shards.length === 0) throw emptySet(this.folder);
    const images = this.#shards.reduce((sum, shard) => sum + shard.images, 0);
    return {
      folder: this.folder,
      images,
      identities: this.#labels.size,
      shards: this.#shards,
      renamed: this.#renamed,
    };
  }

  get #shard(): string {
    return `${this.options.name}-${String(this.#shards.length).padStart(4, '0')}.tar`;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await this.sink.append(pathIn(this.folder, this.#shard), bytes);
    this.#bytes += bytes.length;
  }

  async #flush(): Promise<void> {
    if (this.#batch.length === 0) return;
    const bytes = await packTar(this.#batch);
    this.#batch = [];
    this.#batchBytes = 0;
    await this.#append(bytes.subarray(0, -END_BYTES));
  }

  async #endShard(): Promise<void> {
    await this.#flush();
    await this.#append(new Uint8Array(END_BYTES));
    await this.sink.finish(pathIn(this.folder, this.#shard));
    this.#shards.push({ name: this.#shard, images: this.#images, bytes: this.#bytes });
    this.#images = 0;
    this.#bytes = 0;
    if (this.#shards.length > MAX_SHARDS) {
      throw new StudioError(
        'bad-config',
        `The set takes more than ${count(MAX_SHARDS)} shards, which is more ` +
          'than a manifest lists.',
        'Choose a larger --shard-size.',
      );
    }
  }
}

/** The extension by the picture's contents, not its name; "jpg" if the format is unknown. */
const pictureExtension = (picture: Uint8Array): string =>
  pictureEnding(pictureFormatOf(picture) ?? 'jpeg');
