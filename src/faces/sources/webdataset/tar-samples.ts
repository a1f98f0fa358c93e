import { baseName, type TarMember } from '../../../formats/tar/tar-stream';
import {
  SampleRun,
  type LonePart,
  type RunResult,
  type SampleEvent,
  type TarSample,
} from './sample-run';

/** Labels of dotted names that are held until the end of their group. */
const MAX_HELD_LABELS = 1024;

/** The parts of a member's name. */
export interface SampleName {
  /** Folder and name up to the first dot. */
  readonly group: string;
  /** Folder and name up to the last dot. */
  readonly path: string;
  /** The name up to the last dot. */
  readonly key: string;
  /** The part after the last dot, in lower case. */
  readonly extension: string;
}

/** @param name the member's name in the archive, with folders */
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
 * Groups neighbouring members of a tar into samples, as WebDataset does, with two extensions for
 * archives where that would lose pictures.
 *
 * - Members whose names agree up to the first dot form a sample: WebDataset's own rule. A name with
 *   more dots ("J._M._Kariuki_0002.jpg") would then be a field of "J" that nobody reads. If there
 * is a picture and a `.cls` with the same name up to the last dot, they form a sample too.
 * - If an extension repeats within one key ("001.jpg, 001.cls" of several flattened folders), a new
 *   sample begins. These samples are used if all of that key are whole; otherwise it is unknown
 *   which label belongs to which picture, and none is used.
 *
 * The result depends only on the members, so every pass yields the same. Usually one sample is held
 * in memory, at most 64 of one key.
 */
export class SampleGrouper {
  #group: Group | null = null;
  #resumes: boolean;

  /** @param resumes whether reading begins inside a group of which some events were emitted */
  constructor(resumes = false) {
    this.#resumes = resumes;
  }

  /** Whether some events of the held group were emitted. */
  get isInsideGroup(): boolean {
    return this.#group?.hasEmitted ?? false;
  }

  /** Offset in the archive of the first member that is still held, in bytes; null if none is. */
  get heldFrom(): number | null {
    return this.#group && heldFromOf(this.#group);
  }

  /** Held samples that have all of their members. */
  get complete(): TarSample[] {
    const runs = [this.#group?.dotted, this.#group?.plain];
    return runs.flatMap((run) => run?.onlySample() ?? []);
  }

  /** Adds a member. Returns the events that are now certain. */
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

  /** Ends the held group. */
  end(): SampleEvent[] {
    const events = this.#group?.end() ?? [];
    this.#group = null;
    return events;
  }
}

/** Neighbouring members whose names agree up to the first dot. */
class Group {
  /** Members without further dots. */
  plain: SampleRun | null = null;
  /** The latest members with further dots. */
  dotted: SampleRun | null = null;
  /** Labels of dotted names. If there is a plain sample they are fields of it. */
  readonly labels: LonePart[] = [];
  #others = false;

  constructor(
    readonly path: string,
    readonly offset: number,
    /** Whether events of it were emitted. */
    public hasEmitted: boolean,
  ) {}

  get holds(): boolean {
    return this.plain !== null || this.labels.length > 0 || this.#others;
  }

  endDotted(): SampleEvent[] {
    const { events, rest } = this.dotted?.end() ?? nothing();
    this.dotted = null;
    if (rest?.label !== undefined && rest.pictures === 0 && this.labels.length < MAX_HELD_LABELS) {
      this.labels.push(rest);
      return events;
    }
    this.#others ||= rest !== null && !isVital(rest);
    if (rest && isVital(rest)) events.push({ type: 'lone', part: rest });
    this.hasEmitted ||= events.length > 0;
    return events;
  }

  end(): SampleEvent[] {
    const events = this.endDotted();
    const { events: own, rest } = this.plain?.end() ?? nothing();
    events.push(...own);
    const isField = own.some(({ type }) => type === 'sample');
    if (!isField) events.push(...this.labels.map((part): SampleEvent => ({ type: 'lone', part })));
    if (rest && isVital(rest)) events.push({ type: 'lone', part: rest });
    if (!this.hasEmitted && events.length === 0) {
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

const nothing = (): RunResult => ({ events: [], rest: null });
