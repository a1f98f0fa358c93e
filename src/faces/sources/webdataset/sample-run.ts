import { counted } from '../../../core/number-words';
import type { LeftOutKind } from '../../survey/left-out';
import {
  pictureFormatOfName,
  readablePicture,
  READABLE_PICTURES,
} from '../../decode/formats/picture-formats';

/** Why a picture isn't read. */
export const NOT_READ = `its picture is none of ${READABLE_PICTURES}`;
/** Samples of one key, and their bytes, that are held before the first ones are emitted. */
const MAX_HELD_SAMPLES = 64;
const MAX_HELD_BYTES = 32 * 2 ** 20;

/** A picture of a person with its label's text, as stored in a tar. */
export interface TarSample {
  /** Folder and key: the common prefix of its members. */
  readonly path: string;
  readonly key: string;
  readonly picture: Uint8Array;
  /** Trimmed, but not yet parsed. */
  readonly label: string;
  readonly json?: string;
  /** The key reaches up to the last dot, because up to the first dot there is no whole sample. */
  readonly dotted: boolean;
  /** The previous sample has the same key. */
  readonly repeated: boolean;
}

/** Members of a key that form no sample: pictures without a label, a label alone, or neither. */
export interface LonePart {
  readonly path: string;
  readonly key: string;
  /** Number of pictures in formats that are read. */
  readonly pictures: number;
  /** Number of pictures in other formats. */
  readonly otherPictures: number;
  /** Offset in the archive of the first picture that can be read, in bytes. */
  readonly pictureAt?: number;
  /** Trimmed. */
  readonly label?: string;
}

/** What a tar's members amount to, in their order. */
export type SampleEvent =
  | { readonly type: 'sample'; readonly sample: TarSample }
  | { readonly type: 'lone'; readonly part: LonePart }
  | {
      readonly type: 'skipped';
      readonly kind: LeftOutKind;
      readonly key: string;
      readonly count: number;
      readonly reason: string;
    };

/** Result of a finished run of members. */
export interface RunResult {
  readonly events: SampleEvent[];
  /** Members that form neither a sample nor a repeated key. */
  readonly rest: LonePart | null;
}

/** A sample to which members are still added. */
interface OpenSample {
  picture?: Uint8Array;
  pictureAt?: number;
  label?: string;
  json?: string;
  /** Extensions met so far: of pictures, "cls" and "json". */
  readonly seen: Set<string>;
  pictures: number;
}

/**
 * Consecutive members of one key. They form one sample; or several, if an extension repeats and all
 * of these samples are whole.
 */
export class SampleRun {
  #samples: OpenSample[] = [emptySample()];
  /** Samples already emitted. */
  #emitted = 0;
  #bytes = 0;
  /** It is unknown which label belongs to which picture; members are then only counted. */
  #isAmbiguous = false;
  #pictures = 0;
  #labels = 0;
  #otherPictures = 0;

  constructor(
    readonly path: string,
    readonly key: string,
    readonly offset: number,
    readonly dotted: boolean,
  ) {}

  add(extension: string, bytes: Uint8Array, offset: number): SampleEvent[] {
    const format = pictureFormatOfName(`.${extension}`);
    const isPicture = format !== null && readablePicture(format);
    const isLabel = extension === 'cls';
    if (isPicture) this.#pictures++;
    if (isLabel) this.#labels++;
    if (format !== null && !isPicture) this.#otherPictures++;
    if (this.#isAmbiguous) return [];
    let open = this.#samples.at(-1)!;
    const events: SampleEvent[] = [];
    const isSecond = open.seen.has(extension);
    if (isSecond && (isWhole(open) || extension !== 'json')) {
      if (!isWhole(open)) {
        this.#markAmbiguous();
        return [];
      }
      if (this.#samples.length >= MAX_HELD_SAMPLES || this.#bytes > MAX_HELD_BYTES) {
        events.push(...this.#emit());
      }
      open = emptySample();
      this.#samples.push(open);
    }
    if (isPicture) {
      open.pictures++;
      open.picture ??= bytes;
      open.pictureAt ??= offset;
      this.#bytes += bytes.length;
    } else if (isLabel) open.label = new TextDecoder().decode(bytes).trim();
    else if (extension === 'json') open.json ??= new TextDecoder().decode(bytes);
    if (isPicture || isLabel || extension === 'json') open.seen.add(extension);
    return events;
  }

  /** The sample, if it is the only one so far and whole. */
  onlySample(): TarSample[] {
    const [open, ...others] = this.#samples;
    const isOnly = others.length === 0 && this.#emitted === 0 && !this.#isAmbiguous;
    return isOnly && open && isWhole(open) ? [this.#sampleOf(open, false)] : [];
  }

  end(): RunResult {
    const last = this.#samples.at(-1)!;
    const several = this.#emitted + this.#samples.length > 1;
    // A second json of the last sample.
    if (several && !this.#isAmbiguous && last.pictures === 0 && last.label === undefined) {
      this.#samples.pop();
    } else if (several && !isWhole(last)) this.#markAmbiguous();
    if (this.#isAmbiguous) {
      return { events: [this.#ambiguousEvent(), ...this.#notRead()], rest: null };
    }
    if (several || isWhole(last)) {
      return { events: [...this.#emit(), ...this.#notRead()], rest: null };
    }
    const { pictures, pictureAt, label } = last;
    const { path, key } = this;
    const otherPictures = this.#otherPictures;
    return { events: [], rest: { path, key, pictures, otherPictures, pictureAt, label } };
  }

  #markAmbiguous(): void {
    this.#isAmbiguous = true;
    this.#samples = [emptySample()];
  }

  #emit(): SampleEvent[] {
    const events = this.#samples.flatMap((open): SampleEvent[] => {
      this.#pictures -= open.pictures;
      this.#labels--;
      const sample = this.#sampleOf(open, this.#emitted > 0);
      this.#emitted++;
      const event: SampleEvent = { type: 'sample', sample };
      const count = open.pictures - 1;
      if (count === 0) return [event];
      const reason = 'its sample has another picture before it';
      return [event, { type: 'skipped', kind: 'repeated-key', key: this.key, count, reason }];
    });
    this.#samples = [];
    this.#bytes = 0;
    return events;
  }

  #ambiguousEvent(): SampleEvent {
    const [pictures, labels] = [this.#pictures, this.#labels];
    const both = `${counted(pictures, 'picture')} and ${counted(labels, 'label')}`;
    const ambiguity = 'lie next to each other, and nothing tells which belong together';
    const reason = `${both} of this key ${ambiguity}`;
    const kind = pictures > 0 ? 'repeated-key' : 'without-picture';
    return { type: 'skipped', kind, key: this.key, count: pictures || labels, reason };
  }

  /** Reports pictures in formats that aren't read. */
  #notRead(): SampleEvent[] {
    const count = this.#otherPictures;
    if (count === 0) return [];
    const { key } = this;
    return [{ type: 'skipped', kind: 'format-not-read', key, count, reason: NOT_READ }];
  }

  #sampleOf({ picture, label, json }: OpenSample, repeated: boolean): TarSample {
    const { path, key, dotted } = this;
    return { path, key, picture: picture!, label: label!, json, dotted, repeated };
  }
}

const emptySample = (): OpenSample => ({ seen: new Set(), pictures: 0 });

const isWhole = ({ picture, label }: OpenSample): boolean =>
  picture !== undefined && label !== undefined;
