import { baseName, type TarMember } from '../formats/tar-stream';

const PICTURE = /^(jpe?g|jfif|png|webp)$/;
/** Pictures by their names that aren't read. */
const OTHER_PICTURE = /^(avif|bmp|gif|heic|heif|jp2|jxl|tiff?)$/;
/** Samples of one key, or bytes of them, of which the first are given before the last is there. */
const [MOST_HELD, MOST_HELD_BYTES] = [64, 32 * 2 ** 20];
/** Labels of dotted names that wait for their group's end. */
const MOST_WAITING = 1024;

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
  | { readonly type: 'repeated'; readonly key: string; readonly count: number; readonly found: string };

/** A member's name, taken apart. */
export interface SampleName {
  /** Folder and name up to the first dot. */
  readonly group: string;
  /** Folder and name up to the last dot. */
  readonly path: string;
  /** The name up to the last dot. */
  readonly key: string;
  /** Behind the last dot, in lower case. */
  readonly extension: string;
}

/** @param name as the archive has it, folders included */
export function sampleName(name: string): SampleName {
  const base = baseName(name);
  const folder = name.slice(0, name.lastIndexOf(base));
  const [first, last] = [base.indexOf('.'), base.lastIndexOf('.')];
  if (first < 0) return { group: folder + base, path: folder + base, key: base, extension: '' };
  const key = base.slice(0, last);
  const extension = base.slice(last + 1).toLowerCase();
  return { group: folder + base.slice(0, first), path: folder + key, key, extension };
}

/**
 * Joins a tar's neighbouring members into samples, as WebDataset does, and further where that
 * would lose pictures.
 *
 * - Members whose names agree up to the first dot are a sample: WebDataset's own rule. What has
 *   more dots ("J._M._Kariuki_0002.jpg") would be a field of "J" that nobody reads. Where such a
 *   name has a picture and a `.cls` up to its last dot, those are a sample too.
 * - Where an extension comes a second time in one key ("001.jpg, 001.cls" of one flattened folder
 *   after another), a new sample begins. They are used where all of that key are whole; else
 *   nothing tells which label belongs to which picture, and none of them is.
 *
 * What comes out depends on the members alone, so that every pass gives the same. It holds one
 * sample as a rule, at most 64 of one key.
 */
export class SampleGrouper {
  #group: Group | null = null;
  #resumes: boolean;

  /** @param resumes it begins inside of a group of which something was given or told */
  constructor(resumes = false) {
    this.#resumes = resumes;
  }

  /** Something of the group that is held was given or told. */
  get isInside(): boolean {
    return this.#group?.settled ?? false;
  }

  /** Where in the archive lies what is still held, in bytes; null where nothing is. */
  get heldFrom(): number | null {
    return this.#group && heldFromOf(this.#group);
  }

  /** Samples that are held and have all that they need. */
  get whole(): TarSample[] {
    const runs = [this.#group?.dotted, this.#group?.plain];
    return runs.flatMap((run) => run?.only() ?? []);
  }

  /** Takes a member. Returns what is certain with it of those before. */
  add({ name, bytes, offset }: TarMember): SampleEvent[] {
    const { group: path, ...part } = sampleName(name);
    const events = this.#group && this.#group.path !== path ? this.end() : [];
    this.#group ??= new Group(path, offset, this.#resumes);
    this.#resumes = false;
    const group = this.#group;
    if (part.path === path) {
      group.plain ??= new Run(path, part.key, offset, false);
      return [...events, ...group.plain.add(part.extension, bytes, offset)];
    }
    if (group.dotted?.path !== part.path) events.push(...group.endDotted());
    group.dotted ??= new Run(part.path, part.key, offset, true);
    return [...events, ...group.dotted.add(part.extension, bytes, offset)];
  }

  /** Ends what is held. */
  end(): SampleEvent[] {
    const events = this.#group?.end() ?? [];
    this.#group = null;
    return events;
  }
}

/** Neighbouring members that agree up to the first dot. */
class Group {
  /** Those without further dots. */
  plain: Run | null = null;
  /** The last of those with further dots. */
  dotted: Run | null = null;
  /** Labels of dotted names, which are a field of the plain sample where there is one. */
  readonly labels: LonePart[] = [];
  #others = false;

  constructor(
    readonly path: string,
    readonly offset: number,
    /** Something of it was given or told. */
    public settled: boolean,
  ) {}

  get holds(): boolean {
    return this.plain !== null || this.labels.length > 0 || this.#others;
  }

  endDotted(): SampleEvent[] {
    const { events, rest } = this.dotted?.end() ?? nothing();
    this.dotted = null;
    if (rest?.label !== undefined && rest.pictures === 0 && this.labels.length < MOST_WAITING) {
      this.labels.push(rest);
      return events;
    }
    this.#others ||= rest !== null && !isVital(rest);
    if (rest && isVital(rest)) events.push({ type: 'lone', part: rest });
    this.settled ||= events.length > 0;
    return events;
  }

  end(): SampleEvent[] {
    const events = this.endDotted();
    const { events: own, rest } = this.plain?.end() ?? nothing();
    events.push(...own);
    const isField = own.some(({ type }) => type === 'sample');
    if (!isField) events.push(...this.labels.map((part): SampleEvent => ({ type: 'lone', part })));
    if (rest && isVital(rest)) events.push({ type: 'lone', part: rest });
    const isSettled = this.settled || events.length > 0;
    if (!isSettled) {
      const key = baseName(this.path);
      const part = { path: this.path, key, pictures: 0, otherPictures: 0 };
      events.push({ type: 'lone', part });
    }
    return events;
  }
}

const heldFromOf = (group: Group): number =>
  group.holds ? group.offset : (group.dotted?.offset ?? group.offset);

const isVital = ({ pictures, otherPictures, label }: LonePart): boolean =>
  pictures + otherPictures > 0 || label !== undefined;

interface Ended {
  readonly events: SampleEvent[];
  /** What is no sample and no repeated key. */
  readonly rest: LonePart | null;
}

const nothing = (): Ended => ({ events: [], rest: null });

/** A sample that members are still added to. */
interface OpenSample {
  picture?: Uint8Array;
  pictureAt?: number;
  label?: string;
  json?: string;
  /** Extensions of pictures, and "cls". */
  readonly seen: Set<string>;
  pictures: number;
  otherPictures: number;
}

/** Members of one key, one behind the other. */
class Run {
  #samples: OpenSample[] = [emptySample()];
  /** Samples given before the run's end. */
  #given = 0;
  #bytes = 0;
  /** Nothing tells which label belongs to which picture; from then on they are only counted. */
  #unclear = false;
  #pictures = 0;
  #labels = 0;

  constructor(
    readonly path: string,
    readonly key: string,
    readonly offset: number,
    readonly dotted: boolean,
  ) {}

  add(extension: string, bytes: Uint8Array, offset: number): SampleEvent[] {
    const isPicture = PICTURE.test(extension);
    const isLabel = extension === 'cls';
    if (isPicture) this.#pictures++;
    if (isLabel) this.#labels++;
    if (this.#unclear) return [];
    let open = this.#samples.at(-1)!;
    const events: SampleEvent[] = [];
    const isSecond = open.seen.has(extension);
    if (isSecond && (isWhole(open) || extension !== 'json')) {
      if (!isWhole(open)) {
        this.#giveUp();
        return [];
      }
      if (this.#samples.length >= MOST_HELD || this.#bytes > MOST_HELD_BYTES) {
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
    else if (OTHER_PICTURE.test(extension)) open.otherPictures++;
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
    if (this.#unclear) return { events: [this.#unclearEvent()], rest: null };
    if (several || isWhole(last)) return { events: this.#give(), rest: null };
    const { pictures, otherPictures, pictureAt, label } = last;
    const { path, key } = this;
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
      const found = 'its sample has another picture before it';
      return [given, { type: 'repeated', key: this.key, count, found }];
    });
    this.#samples = [];
    this.#bytes = 0;
    return events;
  }

  #unclearEvent(): SampleEvent {
    const [pictures, labels] = [this.#pictures, this.#labels];
    const found = `${count(pictures, 'picture')} and ${count(labels, 'label')} of this key lie next to each other, and nothing tells which belong together`;
    return { type: 'repeated', key: this.key, count: pictures || labels, found };
  }

  #sampleOf({ picture, label, json }: OpenSample, repeated: boolean): TarSample {
    const { path, key, dotted } = this;
    return { path, key, picture: picture!, label: label!, json, dotted, repeated };
  }
}

const emptySample = (): OpenSample => ({ seen: new Set(), pictures: 0, otherPictures: 0 });

const isWhole = ({ picture, label }: OpenSample): boolean =>
  picture !== undefined && label !== undefined;

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? '' : 's'}`;
