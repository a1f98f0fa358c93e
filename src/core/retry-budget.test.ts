import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget';

describe('a retry budget', () => {
  it('allows one restart without progress', () => {
    const budget = new RetryBudget();
    expect([budget.take(10, 0), budget.take(10, 1000), budget.take(5, 59_999)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('allows another after progress, and after a minute', () => {
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
