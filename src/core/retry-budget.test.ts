import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget';

describe('a retry budget', () => {
  it('has one retry for what gets no further', () => {
    const budget = new RetryBudget();
    expect([budget.take(10, 0), budget.take(10, 1000), budget.take(5, 59_999)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('has another for what got further, and for what lasted a minute', () => {
    const budget = new RetryBudget();
    expect([
      budget.take(0, 0),
      budget.take(1, 10),
      budget.take(1, 20),
      budget.take(1, 60_010),
      budget.take(1, 60_020),
    ]).toEqual([true, true, false, true, false]);
  });
});
