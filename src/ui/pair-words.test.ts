import { describe, expect, it } from 'vitest';
import { pairFigures } from '../evaluation/pair-figures';
import type { PairSetFigures } from '../studio/protocol';
import { headSentence, pairRows, pairsSentence } from './pair-words';

const FARS = [1e-1, 1e-2, 1e-3];

/** A set of which every genuine pair scores 0.9 and every impostor pair 0.1. */
function setOf(genuine: number, impostor: number, changes: Partial<PairSetFigures> = {}): PairSetFigures {
  const cosine = pairFigures(Array<number>(genuine).fill(0.9), Array<number>(impostor).fill(0.1), FARS);
  return { name: 'lfw.bin', pairs: genuine + impostor, genuine, impostor, skipped: { count: 0, reasons: [] }, cosine, head: null, complete: true, ...changes };
}

describe('the figures of a verification set', () => {
  it('are given where they can be measured, and what is missing where they can’t', () => {
    expect(pairRows(setOf(10, 250))).toEqual([
      { name: 'AUC', cells: ['1.0000'] },
      { name: 'TAR at FAR 0.1', cells: ['100.00 % at 0.1000'] },
      { name: 'TAR at FAR 0.01', cells: ['100.00 % at 0.1000'] },
      { name: 'TAR at FAR 0.001', cells: ['not measurable: 250 impostor pairs, 1,000 needed'] },
      { name: 'Best accuracy, on these pairs themselves', cells: ['100.00 % at 0.5000'] },
    ]);
  });

  it('have a cell for each method', () => {
    const scf = pairFigures([-1200.04, -1100], [-1300.06, -1400], FARS);
    const rows = pairRows(setOf(10, 10, { scf }));
    expect(rows.map(({ cells }) => cells.length)).toEqual([2, 2, 2, 2, 2]);
    expect(rows.at(-1)!.cells[1]).toBe('100.00 % at -1250.0');
  });

  it('are none of one kind of pairs alone', () => {
    const cells = pairRows(setOf(2000, 0)).flatMap((row) => row.cells);
    expect(new Set(cells)).toEqual(new Set(['not measurable: pairs of both kinds are needed']));
  });
});

describe('the sentences of a verification set', () => {
  it('say what was scored, and how far a stopped one came', () => {
    const skipped = { count: 5, reasons: [] };
    expect(pairsSentence(setOf(300, 300, { pairs: 605, skipped }))).toBe('lfw.bin: 605 pairs, 600 scored (300 genuine, 300 impostor), 5 skipped');
    expect(pairsSentence(setOf(300, 300, { pairs: 6000, skipped, complete: false }))).toMatch(/^lfw\.bin, stopped: this covers only the first 605 of 6,000 pairs, 600 scored/);
  });

  it('say which head κ is of, and that it is another by now', () => {
    const head = { run: 'scf-compact-1', step: 120 };
    expect(headSentence(setOf(1, 1), false)).toMatch(/^Cosine alone/);
    expect(headSentence(setOf(1, 1, { head }), false)).toMatch(/head of scf-compact-1 after 120 steps\.$/);
    expect(headSentence(setOf(1, 1, { head }), true)).toMatch(/after 120 steps\. A run was started since/);
  });
});
