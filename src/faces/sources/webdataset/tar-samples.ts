import { baseName, type TarMember } from '../../../formats/tar/tar-stream';
import {
  SampleRun,
  type Ended,
  type LonePart,
  type SampleEvent,
  type TarSample,
} from './sample-run';

/** Labels of dotted names that wait for their group's end. */
const MAX_WAITING = 1024;

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
      group.plain ??= new SampleRun(path, part.key, offset, false);
      return [...events, ...group.plain.add(part.extension, bytes, offset)];
    }
    if (group.dotted?.path !== part.path) events.push(...group.endDotted());
    group.dotted ??= new SampleRun(part.path, part.key, offset, true);
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
  plain: SampleRun | null = null;
  /** The last of those with further dots. */
  dotted: SampleRun | null = null;
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
    if (rest?.label !== undefined && rest.pictures === 0 && this.labels.length < MAX_WAITING) {
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

const nothing = (): Ended => ({ events: [], rest: null });
