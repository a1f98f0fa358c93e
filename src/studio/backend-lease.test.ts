import { describe, expect, it } from 'vitest';
import { StudioError } from '../core/studio-error';
import { BackendLease, leaseRule, type BackendClaim, type BackendUse } from './backend-lease';
import { noopTabLock } from './storage/tab-lock';

const claims: Readonly<Record<BackendUse, BackendClaim>> = {
  run: { use: 'run', what: 'a run' },
  lesson: { use: 'lesson', what: 'a lesson' },
  evaluation: { use: 'evaluation', what: 'the evaluation of lfw' },
  ijb: { use: 'ijb', what: 'the evaluation of IJBC' },
  benchmark: { use: 'benchmark', what: 'a measurement' },
  estimate: { use: 'estimate', what: 'a measurement' },
  aligning: { use: 'aligning', what: 'aligning the pictures' },
  comparison: { use: 'comparison', what: 'a comparison of class centres' },
  change: { use: 'change', what: 'another backbone' },
  recovery: { use: 'recovery', what: 'a fresh device' },
};
const uses = Object.keys(claims) as BackendUse[];
const pairs = uses.flatMap((newcomer) => uses.map((before) => [newcomer, before] as const));

/** Lets all promises that can settle do so. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** A lease, and work for it that notes when it begins and ends. */
function leaseOf(tabLock = noopTabLock) {
  const lease = new BackendLease(tabLock);
  const order: string[] = [];
  /** Holds the lease until `end` is called, or it is ended; then it winds down for a moment. */
  const hold = (use: BackendUse, name: string = use) => {
    let end!: () => void;
    const over = new Promise<void>((resolve) => (end = resolve));
    const held = lease.hold(claims[use], async (ended) => {
      order.push(`${name} begins`);
      const aborted = new Promise<void>((resolve) =>
        ended.addEventListener('abort', () => resolve()),
      );
      await Promise.race([over, aborted]);
      await settled();
      order.push(`${name} ends`);
      ended.throwIfAborted();
    });
    const outcome = held.then(
      () => 'done',
      (thrown: StudioError) => `${thrown.message} ${thrown.nextStep}`,
    );
    return { end, outcome };
  };
  return { lease, order, hold };
}

describe('the lease of the backend', () => {
  it.each(pairs)('has one holder at a time: %s after %s', async (newcomer, before) => {
    const { order, hold } = leaseOf();
    const first = hold(before, 'first');
    await settled();
    const second = hold(newcomer, 'second');
    const rule = leaseRule(newcomer, before);
    if (rule === 'refuse') expect(await second.outcome).toMatch(/ has to wait while /);
    if (rule === 'end') expect(await first.outcome).toMatch(/, so .* was ended\./);
    await settled();
    // It goes on undisturbed unless it is ended.
    if (rule !== 'end') expect(order).toEqual(['first begins']);
    first.end();
    second.end();
    await Promise.all([first.outcome, second.outcome]);
    const whole = ['first begins', 'first ends', 'second begins', 'second ends'];
    expect(order).toEqual(rule === 'refuse' ? whole.slice(0, 2) : whole);
  });

  it.each<[BackendUse, BackendUse, string]>([
    [
      'benchmark',
      'run',
      'A measurement has to wait while a run is on. Try again once it has ended.',
    ],
    [
      'run',
      'lesson',
      'A run has to wait while a lesson is on. Stop the lesson under Models, or wait for its end.',
    ],
    [
      'evaluation',
      'run',
      'The evaluation of lfw has to wait while a run is on. Try again once it has ended.',
    ],
    [
      'estimate',
      'evaluation',
      'A measurement has to wait while an evaluation is on. Try again once it has ended.',
    ],
    [
      'estimate',
      'ijb',
      'A measurement has to wait while IJB is being evaluated. Try again once it has ended.',
    ],
    [
      'change',
      'benchmark',
      'Another backbone has to wait while a measurement is on. Try again once it has ended.',
    ],
  ])('is refused with a reason: %s during %s', async (newcomer, before, words) => {
    const { hold } = leaseOf();
    const { end } = hold(before);
    await settled();
    expect(await hold(newcomer).outcome).toBe(words);
    end();
  });

  it.each<[BackendUse, BackendUse, string]>([
    [
      'run',
      'evaluation',
      'A run began, so the evaluation of lfw was ended. Start it again once the run has ended.',
    ],
    [
      'lesson',
      'benchmark',
      'A lesson began, so a measurement was ended. Start it again once the lesson has ended.',
    ],
  ])('is taken with a sentence: by %s from %s', async (newcomer, before, words) => {
    const { hold } = leaseOf();
    const { outcome } = hold(before);
    await settled();
    const { end } = hold(newcomer);
    end();
    expect(await outcome).toBe(words);
  });

  it('is never held by two measurements, nor by one and a change of backbone', async () => {
    const { order, hold } = leaseOf();
    const work = [hold('change', 'backbone'), hold('benchmark'), hold('benchmark', 'another')];
    for (const { end } of work) end();
    await Promise.all(work.map(({ outcome }) => outcome));
    expect(order).toEqual([
      ...['backbone begins', 'backbone ends'],
      ...['benchmark begins', 'benchmark ends'],
      ...['another begins', 'another ends'],
    ]);
  });

  it('drops a claim that is ended while it waits, and its work never begins', async () => {
    const { order, hold } = leaseOf();
    const change = hold('change');
    const evaluation = hold('evaluation');
    const run = hold('run');
    await settled();
    change.end();
    run.end();
    expect(await evaluation.outcome).toMatch(/^A run began, so the evaluation of lfw was ended\./);
    expect(await run.outcome).toBe('done');
    expect(order).toEqual(['change begins', 'change ends', 'run begins', 'run ends']);
  });

  it('throws why it was taken, whatever the work throws then', async () => {
    const { lease, hold } = leaseOf();
    const held = lease.hold(claims.evaluation, async (ended) => {
      while (!ended.aborted) await settled();
      throw new Error('The readback failed.');
    });
    held.catch(() => undefined);
    await settled();
    hold('run').end();
    await expect(held).rejects.toThrow('A run began');
  });

  it('is free again after work that fails', async () => {
    const { lease, hold } = leaseOf();
    const failing = lease.hold(claims.run, () => Promise.reject(new Error('It is broken.')));
    await expect(failing).rejects.toThrow('It is broken.');
    expect(lease.isFor(...uses)).toBe(false);
    const next = hold('lesson');
    next.end();
    expect(await next.outcome).toBe('done');
  });
});

describe('a run or a lesson in another tab', () => {
  it.each(['run', 'lesson'] as const)('refuses a %s, which ends nothing', async (use) => {
    const { order, hold } = leaseOf({ ...noopTabLock, acquire: async () => null });
    const evaluation = hold('evaluation');
    await settled();
    expect(await hold(use).outcome).toMatch(/^Another tab of this browser has a run or a lesson/);
    evaluation.end();
    expect(await evaluation.outcome).toBe('done');
    expect(order).toEqual(['evaluation begins', 'evaluation ends']);
  });

  it('lets everything else through', async () => {
    const { hold } = leaseOf({ ...noopTabLock, acquire: async () => null });
    for (const use of uses.filter((one) => one !== 'run' && one !== 'lesson')) {
      const held = hold(use);
      held.end();
      expect(await held.outcome).toBe('done');
    }
  });

  it.each(['done', 'broken'])('can begin once work here is %s', async (how) => {
    let isLocked = false;
    const { lease } = leaseOf({
      ...noopTabLock,
      acquire: async () => {
        isLocked = true;
        return () => void (isLocked = false);
      },
    });
    const held = lease.hold(claims.lesson, async () => {
      expect(isLocked).toBe(true);
      if (how === 'broken') throw new Error(how);
    });
    await held.catch((thrown: Error) => expect(thrown.message).toBe('broken'));
    expect(isLocked).toBe(false);
  });
});
