import { StudioError } from '../core/studio-error';
import { underTabLock, type TabLock } from './storage/tab-lock';

/** What the backend is used for, besides single faces and camera frames, which are always read. */
export type BackendUse =
  | 'run'
  | 'lesson'
  | 'evaluation'
  /** An evaluation of a release of IJB, which takes hours. */
  | 'ijb'
  /** Figures of this machine. */
  | 'benchmark'
  /** How long a run would take. */
  | 'estimate'
  | 'aligning'
  /** Of ways to make class centres. */
  | 'comparison'
  /** Of the backbone, the centres or the head from a file. */
  | 'change'
  /** Of the studio on a fresh device. */
  | 'recovery';

/** Who asks for the backend. */
export interface BackendClaim {
  readonly use: BackendUse;
  /** Names it within a sentence: "a run", "the evaluation of lfw.bin". */
  readonly what: string;
}

/** A claim in the queue. */
interface Place {
  readonly claim: BackendClaim;
  /** Aborted with the error to throw, if a claim that comes first ends this one. */
  readonly end: AbortController;
  /** Settles once it has left the queue. */
  readonly left: Promise<void>;
}

/** How a use is spoken of while it is on, when it begins, and once it will have ended. */
interface Words {
  readonly reason: string;
  readonly began: string;
  readonly name: string;
}

const RUN: Words = { reason: 'a run is on', began: 'A run began', name: 'the run' };
const MEASUREMENT: Words = {
  reason: 'a measurement is on',
  began: 'A measurement began',
  name: 'the measurement',
};
const WORDS: Readonly<Record<BackendUse, Words>> = {
  run: RUN,
  lesson: { reason: 'a lesson is on', began: 'A lesson began', name: 'the lesson' },
  evaluation: { reason: 'an evaluation is on', began: 'An evaluation began', name: 'that' },
  ijb: { reason: 'IJB is being evaluated', began: 'An evaluation of IJB began', name: 'that' },
  benchmark: MEASUREMENT,
  estimate: MEASUREMENT,
  aligning: {
    reason: 'pictures are being aligned',
    began: 'Pictures are being aligned',
    name: 'that',
  },
  comparison: {
    reason: 'class centres are being compared',
    began: 'Class centres are being compared',
    name: 'the comparison',
  },
  change: {
    reason: 'the backbone or a head is being changed',
    began: 'The backbone or a head is being changed',
    name: 'that',
  },
  recovery: {
    reason: 'a fresh device is being made',
    began: 'The device was lost',
    name: 'the recovery',
  },
};

/** Uses that write to storage which all tabs share. */
const IN_ALL_TABS: ReadonlySet<BackendUse> = new Set(['run', 'lesson']);
/** Uses that end measurements and long readings rather than wait for them. */
const COMES_FIRST: ReadonlySet<BackendUse> = new Set(['run', 'lesson', 'recovery']);

/** What a newcomer does about a claim that is on, or waits before it. */
export type LeaseRule = 'wait' | 'refuse' | 'end';

/**
 * The rule between a newcomer and a claim before it:
 * - of the same use: it waits; its controller has stopped the one before. A lesson refuses another;
 * - changes and recoveries are short: everything waits for them;
 * - a run or a lesson refuses all others;
 * - an evaluation ends for all others but an estimate, which is refused;
 * - measurements, aligning and comparisons end for a run or a lesson, and refuse what is left.
 */
export function leaseRule(newcomer: BackendUse, before: BackendUse): LeaseRule {
  if (newcomer === before && before !== 'lesson') return 'wait';
  switch (before) {
    case 'change':
    case 'recovery':
      return 'wait';
    case 'run':
    case 'lesson':
      return newcomer === 'recovery' ? 'wait' : 'refuse';
    case 'evaluation':
    case 'ijb':
      return newcomer === 'estimate' ? 'refuse' : 'end';
    case 'benchmark':
    case 'estimate':
    case 'aligning':
    case 'comparison':
      return COMES_FIRST.has(newcomer) ? 'end' : 'refuse';
    default:
      return before satisfies never;
  }
}

/**
 * Who has the backend: a queue of claims, where the first has it. {@link leaseRule} says what a
 * newcomer does about those before it. A run or a lesson has it in all tabs of the browser.
 */
export class BackendLease {
  readonly #queue: Place[] = [];

  constructor(readonly tabLock: TabLock) {}

  /** Whether a claim for one of these uses has the backend, or waits for it. */
  isFor(...uses: readonly BackendUse[]): boolean {
    return this.#queue.some(({ claim }) => uses.includes(claim.use));
  }

  /**
   * Carries out `work` once the backend is free. It must not ask for the lease again.
   * @param work its signal is aborted if a claim that comes first ends it; what it throws then
   * doesn't count
   * @throws StudioError `bad-config` if it is refused, if it is ended, or if another tab has a run
   * or a lesson; whatever `work` throws
   */
  async hold<T>(claim: BackendClaim, work: (ended: AbortSignal) => Promise<T>): Promise<T> {
    const before = [...this.#queue];
    for (const { claim: other } of before)
      if (leaseRule(claim.use, other.use) === 'refuse') throw refusal(claim, other);
    let leave!: () => void;
    const left = new Promise<void>((resolve) => (leave = resolve));
    const place: Place = { claim, end: new AbortController(), left };
    this.#queue.push(place);
    try {
      const turn = () => this.#takeTurn(place, before, work);
      return await (IN_ALL_TABS.has(claim.use) ? underTabLock(this.tabLock, turn) : turn());
    } finally {
      this.#queue.splice(this.#queue.indexOf(place), 1);
      leave();
    }
  }

  async #takeTurn<T>(
    { claim, end }: Place,
    before: readonly Place[],
    work: (ended: AbortSignal) => Promise<T>,
  ): Promise<T> {
    for (const { claim: other, end: endOther } of before)
      if (leaseRule(claim.use, other.use) === 'end') endOther.abort(ending(other, claim));
    await Promise.all(before.map(({ left }) => left));
    const { signal } = end;
    signal.throwIfAborted();
    try {
      return await work(signal);
    } catch (thrown) {
      throw signal.aborted ? signal.reason : thrown;
    }
  }
}

/** The error for a claim that another one bars. */
function refusal({ what }: BackendClaim, { use }: BackendClaim): StudioError {
  const sentence = `${what} has to wait while ${WORDS[use].reason}.`;
  return new StudioError(
    'bad-config',
    sentence.charAt(0).toUpperCase() + sentence.slice(1),
    use === 'lesson'
      ? 'Stop the lesson under Models, or wait for its end.'
      : 'Try again once it has ended.',
  );
}

/** The error for a claim that makes way for another. */
function ending({ what }: BackendClaim, { use }: BackendClaim): StudioError {
  const { began, name } = WORDS[use];
  return new StudioError(
    'bad-config',
    `${began}, so ${what} was ended.`,
    `Start it again once ${name} has ended.`,
  );
}
