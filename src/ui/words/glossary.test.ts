import katex from 'katex';
import { describe, expect, it } from 'vitest';
import { glossary } from './glossary';

const entries = Object.entries(glossary);
const withFormula = entries.flatMap(([name, { formula, where = '', title }]) =>
  formula ? [[name, formula, `${title}: ${where}`] as const] : [],
);

it.each(entries)('%s is explained in one or two short, whole sentences', (_, { sentence }) => {
  expect(sentence).toMatch(/^[\p{L}].*\.$/u);
  expect(sentence.length).toBeLessThanOrEqual(160);
});

it.each(withFormula)('%s has a formula that KaTeX sets', (_, formula) => {
  const markup = katex.renderToString(formula, {
    displayMode: true,
    trust: false,
    strict: 'error',
    output: 'htmlAndMathml',
  });
  expect(markup).toContain('<math');
});

/** Symbols of TeX as the words have them. Others, such as π and log, are met at school. */
const SYMBOLS: Readonly<Record<string, string>> = {
  '\\kappa': 'κ',
  '\\mu': 'μ',
  '\\theta': 'θ',
  '\\sigma': 'σ',
  '\\rho': 'ρ',
  '\\lVert': '‖',
  '\\sum': 'Σ',
  '\\tilde': '\u0303',
  '\\mathsf T': 'ᵀ',
  '\\arccos': 'arccos',
  '\\#': '#',
};

/** The symbols and letters of a formula. */
function symbolsIn(formula: string): string[] {
  const plain = formula
    .replace(/\\(text|operatorname|begin|end)\{[^}]*\}/g, ' ')
    .replace(/\\mathsf T/g, ' \\mathsfT ');
  const commands = plain.match(/\\[A-Za-z]+|\\#/g) ?? [];
  const named = commands.flatMap((each) => SYMBOLS[each.replace('mathsfT', 'mathsf T')] ?? []);
  const letters = plain.replace(/\\[A-Za-z]+/g, ' ').match(/[A-Za-z]/g) ?? [];
  return [...new Set([...named, ...letters])];
}

describe('what stands in a formula', () => {
  it('is found', () => {
    expect(symbolsIn(String.raw`C_d(\tilde\kappa)\, \mu_1^{\mathsf T}\mu_2`)).toEqual([
      ...['\u0303', 'κ', 'μ', 'ᵀ'],
      ...['C', 'd'],
    ]);
  });

  it.each(withFormula)('is explained in plain words: %s', (_, formula, words) => {
    const unexplained = symbolsIn(formula).filter((symbol) =>
      /^[A-Za-z]$/.test(symbol)
        ? !new RegExp(String.raw`(?<![A-Za-z])${symbol}(?![A-Za-z])`).test(words)
        : !words.includes(symbol),
    );
    expect(unexplained).toEqual([]);
  });
});
