import { describe, expect, it } from 'vitest';
import { resolveConfig, type RunConfig } from './run-config';
import { hasEnded, initialSchedule, nextSchedule, type ScheduleState } from './schedule';

/** The states after each epoch with these validation losses. */
function statesAfter(changes: Partial<RunConfig>, losses: readonly number[]): ScheduleState[] {
  const config = resolveConfig(changes);
  let state = initialSchedule(config);
  return losses.map((loss, epoch) => (state = nextSchedule(state, config, epoch + 1, loss)));
}

const ratesAfter = (changes: Partial<RunConfig>, losses: readonly number[]) =>
  statesAfter(changes, losses).map(({ learningRate }) => learningRate);

describe('StepLR', () => {
  it('drops after every second epoch, whatever the loss', () => {
    expect(
      ratesAfter(
        { schedule: 'StepLR', learningRate: 1, stepSize: 2, gamma: 0.5 },
        [9, 1, 9, 1, 9, 1, 9],
      ),
    ).toEqual([1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]);
  });

  it('drops after every epoch when the step is one', () => {
    expect(
      ratesAfter({ schedule: 'StepLR', learningRate: 1, stepSize: 1, gamma: 0.5 }, [3, 3, 3]),
    ).toEqual([0.5, 0.25, 0.125]);
  });
});

describe('patience', () => {
  const ends = (patience: number, losses: readonly number[]) =>
    statesAfter({ patience }, losses).map((state, epoch) =>
      hasEnded({ patience, epochs: 9 }, epoch + 1, state),
    );

  it('ends a run once the loss has not fallen for as many epochs', () => {
    expect(ends(2, [9, 8, 8.5, 7, 7, 7.1])).toEqual([false, false, false, false, false, true]);
    expect(ends(2, [-7, -8, -8, -8.0001])).toEqual([false, false, false, true]);
  });

  it('waits for the last epoch if it is 0, or if there is no loss', () => {
    expect(ends(0, Array(9).fill(5))).toEqual([...Array(8).fill(false), true]);
    expect(ends(1, Array(4).fill(NaN))).toEqual(Array(4).fill(false));
  });

  it('adds nothing to the state of a run without it', () => {
    expect(Object.keys(statesAfter({}, [5])[0]!)).toEqual(['learningRate', 'best', 'badEpochs']);
  });
});

describe('ReduceLROnPlateau', () => {
  const plateau = {
    schedule: 'ReduceLROnPlateau',
    learningRate: 1,
    stepSize: 2,
    gamma: 0.5,
  } as const;

  it('drops in the epoch after its patience ran out, and restarts its count', () => {
    // best 10, 9; then three that are no better: the third is one more than the patience of two.
    expect(ratesAfter(plateau, [10, 9, 9.5, 9, 9.2, 9.1, 9.1, 9.1, 8, 8, 8])).toEqual([
      1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25,
    ]);
  });

  it('counts a loss as better only if it is lower by more than 1e-4 of the best', () => {
    const states = statesAfter(plateau, [100, 99.9901, 99.99, 99.98]);
    // Below 100 · (1 − 1e-4) = 99.99, and no sooner.
    expect(states.map(({ best, badEpochs }) => [best, badEpochs])).toEqual([
      [100, 0],
      [100, 1],
      [100, 2],
      [99.98, 0],
    ]);
  });

  it('resets the count of bad epochs at a better loss', () => {
    expect(ratesAfter(plateau, [10, 11, 11, 9, 11, 11, 8, 11, 11, 11])).toEqual([
      1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5,
    ]);
  });

  it('keeps the best through a drop', () => {
    expect(statesAfter(plateau, [5, 6, 6, 6, 5.5]).at(-1)).toEqual({
      learningRate: 0.5,
      best: 5,
      badEpochs: 1,
    });
  });

  it('compares as PyTorch does below zero, where best · (1 − 1e-4) is above the best', () => {
    // −100 · (1 − 1e-4) = −99.99: a little worse still counts as better and becomes the best;
    // −99.98 does not.
    const states = statesAfter(plateau, [-100, -99.995, -99.98, -99.9, -99.8, -200]);
    expect(states).toEqual([
      { learningRate: 1, best: -100, badEpochs: 0 },
      { learningRate: 1, best: -99.995, badEpochs: 0 },
      { learningRate: 1, best: -99.995, badEpochs: 1 },
      { learningRate: 1, best: -99.995, badEpochs: 2 },
      { learningRate: 0.5, best: -99.995, badEpochs: 0 },
      { learningRate: 0.5, best: -200, badEpochs: 0 },
    ]);
  });

  it('counts a first loss of NaN as bad, and takes the next number as the best', () => {
    expect(
      statesAfter(plateau, [NaN, Infinity, 3]).map(({ best, badEpochs }) => [best, badEpochs]),
    ).toEqual([
      [null, 1],
      [null, 2],
      [3, 0],
    ]);
  });

  it("makes no drop of 1e-8 or less, PyTorch's eps", () => {
    const tiny = { ...plateau, learningRate: 3e-8, stepSize: 1 };
    // 3e-8 to 1.5e-8 is more than 1e-8; 1.5e-8 to 0.75e-8 is less.
    expect(ratesAfter(tiny, [1, 1, 1, 1, 1, 1])).toEqual([
      3e-8, 3e-8, 1.5e-8, 1.5e-8, 1.5e-8, 1.5e-8,
    ]);
  });
});
