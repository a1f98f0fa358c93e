import { trainedMethodNames, type TrainedMethodName } from '../../confidence/confidence-method';
import { StudioError } from '../../core/studio-error';
import type { FaceKind, ReadyHeadEntry } from '../../models/heads/ready-head-list';
import type { AvailableHead, HeadChoice, HeadInUse, HeadReason, WorkerEvent } from '../protocol';
import type { HeldHead, TrainedHead } from '../runtime/trained-head';

/** The heads that there are. */
export interface HeadSources {
  /** The run's; null if there is none that has been validated. */
  readonly run: () => HeldHead | null;
  /** The one that was read from a file; null if there is none. */
  readonly file: () => HeldHead | null;
  /** Those that come with the studio for the backbone in use. @throws StudioError */
  readonly listed: () => Promise<readonly ReadyHeadEntry[]>;
  /** One that comes with the studio; null if none does. @throws StudioError */
  readonly ready: (method: TrainedMethodName, faces: FaceKind) => Promise<HeldHead | null>;
}

/** A head that reads faces. */
export interface UsedHead {
  readonly trained: TrainedHead;
  readonly inUse: HeadInUse;
}

const STUDIO_AUTO: HeadChoice = { kind: 'studio', faces: 'auto' };
export const PHOTOGRAPHS: ReadonlySet<FaceKind> = new Set(['photographs']);
const DRAWN: ReadonlySet<FaceKind> = new Set(['drawn']);

const gone: Readonly<Record<'run' | 'file', string>> = {
  run: 'The run whose head had been chosen is gone: ',
  file: 'The head from a file that had been chosen is gone: ',
};

/**
 * Which head reads faces, camera frames and, for its method, evaluations. Only a person chooses;
 * what was chosen stays until it goes away, and then the studio's own heads are chosen.
 */
export class HeadChoiceController {
  #choice: HeadChoice = STUDIO_AUTO;
  /** Counts changes of the choice, and of the head that is chosen. */
  #turn = 0;
  /** Counts announcements: a newer one supersedes one that still waits for a file. */
  #announcement = 0;
  #announced: Promise<void> = Promise.resolve();
  /** Heads of the studio that couldn't be read, which are not fetched again for each face. */
  readonly #unreadable = new Set<string>();

  constructor(
    readonly post: (event: WorkerEvent) => void,
    readonly sources: HeadSources,
  ) {}

  get choice(): HeadChoice {
    return this.#choice;
  }

  /** Changes whenever faces would be read with another head, or with the same one changed. */
  get turn(): number {
    return this.#turn;
  }

  /** Settles when the page has been told of the last change. */
  get announced(): Promise<void> {
    return this.#announced;
  }

  /**
   * Chooses a head.
   * @throws StudioError `bad-config` if there is no such head
   */
  choose(choice: HeadChoice): Promise<void> {
    if (choice.kind !== 'studio' && !this.sources[choice.kind]()) {
      const [what, nextStep] =
        choice.kind === 'run'
          ? ['no run whose head has been validated', 'Train one first, or open a saved run.']
          : ['no head from a file', 'Load one under Models.'];
      throw new StudioError('bad-config', `There is ${what}.`, nextStep);
    }
    this.#choice = choice;
    this.#unreadable.clear();
    return this.#changed();
  }

  /**
   * Notes that a run's or a file's head has come, changed or gone. If it was chosen and is gone, or
   * another has taken its place, the studio's own is chosen, and a notice says so.
   * @param isAnother whether it is not the head that there was before
   */
  updated(kind: 'run' | 'file', isAnother: boolean): Promise<void> {
    if (this.#choice.kind !== kind) return this.#announce();
    if (isAnother) {
      this.#choice = STUDIO_AUTO;
      const text = `${gone[kind]}faces are read with the studio’s own head again.`;
      this.post({ type: 'notice', text });
    }
    return this.#changed();
  }

  /** Notes that another backbone is in use, for which the studio may have other heads. */
  backboneChanged(): Promise<void> {
    this.#unreadable.clear();
    return this.#changed();
  }

  /**
   * The head for faces of these kinds; null if there is none. κ is only defined by an SCF head: if
   * another method's was chosen, the studio's own reads them.
   */
  async forFaces(kinds: ReadonlySet<FaceKind>): Promise<UsedHead | null> {
    const chosen = await this.#chosenFor(kinds);
    if (!chosen || chosen.trained.method === 'scf') return chosen;
    const own = await this.#auto(kinds);
    return own && { ...own, inUse: { ...own.inUse, reason: 'not-scf' } };
  }

  /** What an evaluation uses for its method: the head chosen, by whatever method it was trained. */
  forEvaluation(): Promise<UsedHead | null> {
    return this.#chosenFor(PHOTOGRAPHS);
  }

  /** As {@link forEvaluation}, for drawn faces. */
  forDrawnEvaluation(): Promise<UsedHead | null> {
    return this.#chosenFor(DRAWN);
  }

  async #chosenFor(kinds: ReadonlySet<FaceKind>): Promise<UsedHead | null> {
    const choice = this.#choice;
    if (choice.kind !== 'studio') return used(this.sources[choice.kind](), 'chosen');
    if (choice.faces === 'auto') return this.#auto(kinds);
    return used(await this.#ready(choice.faces), 'chosen');
  }

  async #auto(kinds: ReadonlySet<FaceKind>): Promise<UsedHead | null> {
    const areDrawn = kinds.has('drawn') && !kinds.has('photographs');
    const drawn = areDrawn ? await this.#ready('drawn') : null;
    if (drawn) return used(drawn, 'drawn');
    return used(await this.#ready('photographs'), reasonOf(kinds));
  }

  /** One of the studio's; null if there is none. If it can't be read, posts an error once. */
  async #ready(faces: FaceKind): Promise<HeldHead | null> {
    if (this.#unreadable.has(faces)) return null;
    try {
      return await this.sources.ready('scf', faces);
    } catch (thrown) {
      this.#unreadable.add(faces);
      const nextStep = 'Train a head, or load one from a file under Models.';
      const error = StudioError.record(thrown, 'bad-checkpoint', nextStep);
      this.post({ type: 'error', scope: 'models', error });
      return null;
    }
  }

  #changed(): Promise<void> {
    this.#turn++;
    return this.#announce();
  }

  /** Posts what can be chosen and what is chosen. */
  #announce(): Promise<void> {
    this.#announced = this.#postHeads(++this.#announcement);
    return this.#announced;
  }

  async #postHeads(announcement: number): Promise<void> {
    const listed = await this.sources.listed().catch((): ReadyHeadEntry[] => []);
    const photoHead = await this.forFaces(PHOTOGRAPHS);
    const evaluated = await this.forEvaluation();
    if (announcement !== this.#announcement) return;
    const own = listed.map(({ method, faces, file }): AvailableHead => {
      return { kind: 'studio', faces, name: file, method, step: null };
    });
    const held = [this.sources.run(), this.sources.file()].filter((each) => each !== null);
    const forMethod = (method: TrainedMethodName) =>
      evaluated?.inUse.method === method
        ? outlineOf(evaluated.inUse)
        : own.find((each) => each.method === method && each.faces === 'photographs');
    this.post({
      type: 'heads',
      choice: this.#choice,
      available: [
        ...own.filter(({ method }) => method === 'scf'),
        ...held.map(({ description }) => outlineOf(description)),
      ],
      evaluated: trainedMethodNames.flatMap((method) => forMethod(method) ?? []),
    });
    this.post({ type: 'photo-head', head: photoHead?.inUse ?? null });
  }
}

const used = (held: HeldHead | null, reason: HeadReason): UsedHead | null =>
  held && { trained: held.trained, inUse: { ...held.description, reason } };

function reasonOf(kinds: ReadonlySet<FaceKind>): HeadReason {
  if (!kinds.has('drawn')) return 'photographs';
  return kinds.has('photographs') ? 'mixed' : 'no-drawn-head';
}

const outlineOf = ({ kind, faces, name, method, step }: AvailableHead): AvailableHead => {
  return { kind, faces, name, method, step };
};
