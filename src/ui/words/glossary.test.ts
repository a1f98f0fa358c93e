import { existsSync } from 'node:fs';
import katex from 'katex';
import { expect, it } from 'vitest';
import { glossary } from './glossary';

const entries = Object.entries(glossary);

it.each(entries)('%s is explained in one or two short, whole sentences', (_, { sentence }) => {
  expect(sentence).toMatch(/^[\p{L}].*\.$/u);
  expect(sentence.length).toBeLessThanOrEqual(160);
});

it.each(entries.flatMap(([name, { formula }]) => (formula ? [[name, formula]] : [])))(
  '%s has a formula that KaTeX sets',
  (_, formula) => {
    const markup = katex.renderToString(formula!, {
      displayMode: true,
      trust: false,
      strict: 'error',
      output: 'htmlAndMathml',
    });
    expect(markup).toContain('<math');
  },
);

it.each(entries.flatMap(([name, { code }]) => (code ? [[name, code]] : [])))(
  '%s names a file that is there',
  (_, code) => {
    expect(existsSync(code!)).toBe(true);
  },
);
