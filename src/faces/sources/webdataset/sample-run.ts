import type { LeftOutKind } from '../../survey/left-out';
import {
  pictureFormatOfName,
  readablePicture,
  READABLE_PICTURES,
} from '../../decode/formats/picture-formats';

/** What is said of a picture that isn't read. */
export const NOT_READ = `its picture is none of ${READABLE_PICTURES}`;
/** Samples of one key, or bytes of them, of which the first are given before the last is there. */
const [MAX_HELD, MAX_HELD_BYTES] = [64, 32 * 2 ** 20];
/** A picture of a person with its label's text, as a tar has it. */
export interface TarSample {
  /** Folder and key: what its members have in common. */
  readonly path: string;
  readonly key: string;
  readonly picture: Uint8Array;
  /** Trimmed; whether it is a label has still to be seen. */
  readonly label: string;
  readonly json?: string;
  /** Its key goes up to the last dot, where that up to the first makes no whole sample. */
  readonly dotted: boolean;
  /** The sample before it has the same key. */
  readonly repeated: boolean;
}

/** What has no counterpart of its key next to it: pictures or a label, or neither. */
export interface LonePart {
  readonly path: string;
  readonly key: string;
  /** Of formats that are read. */
  readonly pictures: number;
  readonly otherPictures: number;
  /** Place of the first picture that is read in the archive, in bytes. */
  readonly pictureAt?: number;
  /** Trimmed. */
  readonly label?: string;
}

/** What a tar's members turn out to be, in their order. */
export type SampleEvent =
  | { readonly type: 'sample'; readonly sample: TarSample }
  | { readonly type: 'lone'; readonly part: LonePart }
  | {
      readonly type: 'told';
      readonly kind: LeftOutKind;
      readonly key: string;
      readonly count: number;
      readonly reason: string;
    };

/** What a run of members has come to. */
export interface Ended {
  readonly events: SampleEvent[];
  /** What is no sample and no repeated key. */
  readonly rest: LonePart | null;
}

/** A sample that members are still added to. */
interface OpenSample {
  picture?: Uint8Array;
  pictureAt?: number;
  label?: string;
  json?: string;
  /** Extensions of pictures, and "cls". */
  readonly seen: Set<string>;
  pictures: number;
}

/**
 * Members of one key, one behind the other: a sample, or several where an extension comes again
 * and all of them are whole.
 */
export class SampleRun {
  #samples: OpenSample[] = [emptySample()];
  /** Samples given before the run's end. */
  #given = 0;
  #bytes = 0;
  /** Nothing tells which label belongs to which picture; from then on they are only counted. */
  #unclear = false;
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
    if (this.#unclear) return [];
    let open = this.#samples.at(-1)!;
    const events: SampleEvent[] = [];
    const isSecond = open.seen.has(extension);
    if (isSecond && (isWhole(open) || extension !== 'json')) {
      if (!isWhole(open)) {
        this.#giveUp();
        return [];
      }
      if (this.#samples.length >= MAX_HELD || this.#bytes > MAX_HELD_BYTES) {
        events.push(...this.#give());
      }
      this.#samples.push((open = emptySample()));
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

  /** The sample, where there is one alone and it is whole. */
  only(): TarSample[] {
    const [open, ...others] = this.#samples;
    const isAlone = others.length === 0 && this.#given === 0 && !this.#unclear;
    return isAlone && open && isWhole(open) ? [this.#sampleOf(open, false)] : [];
  }

  end(): Ended {
    const last = this.#samples.at(-1)!;
    const several = this.#given + this.#samples.length > 1;
    // A note behind the last sample that has one already.
    if (several && !this.#unclear && last.pictures === 0 && last.label === undefined) {
      this.#samples.pop();
    } else if (several && !isWhole(last)) this.#giveUp();
    if (this.#unclear) return { events: [this.#unclearEvent(), ...this.#notRead()], rest: null };
    if (several || isWhole(last)) {
      return { events: [...this.#give(), ...this.#notRead()], rest: null };
    }
    const { pictures, pictureAt, label } = last;
    const { path, key } = this;
    const otherPictures = this.#otherPictures;
    return { events: [], rest: { path, key, pictures, otherPictures, pictureAt, label } };
  }

  #giveUp(): void {
    this.#unclear = true;
    this.#samples = [emptySample()];
  }

  #give(): SampleEvent[] {
    const events = this.#samples.flatMap((open): SampleEvent[] => {
      this.#pictures -= open.pictures;
      this.#labels--;
      const sample = this.#sampleOf(open, this.#given++ > 0);
      const given: SampleEvent = { type: 'sample', sample };
      const count = open.pictures - 1;
      if (count === 0) return [given];
      const reason = 'its sample has another picture before it';
      return [given, { type: 'told', kind: 'repeated-key', key: this.key, count, reason }];
    });
    this.#samples = [];
    this.#bytes = 0;
    return events;
  }

  #unclearEvent(): SampleEvent {
    const [pictures, labels] = [this.#pictures, this.#labels];
    const both = `${count(pictures, 'picture')} and ${count(labels, 'label')}`;
    const reason = `${both} of this key lie next to each other, and nothing tells which belong together`;
    const kind = pictures > 0 ? 'repeated-key' : 'without-picture';
    return { type: 'told', kind, key: this.key, count: pictures || labels, reason };
  }

  /** Pictures beside those that are read. */
  #notRead(): SampleEvent[] {
    const count = this.#otherPictures;
    if (count === 0) return [];
    return [{ type: 'told', kind: 'format-not-read', key: this.key, count, reason: NOT_READ }];
  }

  #sampleOf({ picture, label, json }: OpenSample, repeated: boolean): TarSample {
    const { path, key, dotted } = this;
    return { path, key, picture: picture!, label: label!, json, dotted, repeated };
  }
}

const emptySample = (): OpenSample => ({ seen: new Set(), pictures: 0 });

const isWhole = ({ picture, label }: OpenSample): boolean =>
  picture !== undefined && label !== undefined;

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? '' : 's'}`;
