import 'katex/dist/katex.min.css';
import katex from 'katex';

/**
 * A formula as HTML, with MathML for screen readers. It runs nothing and links nowhere.
 * @throws katex.ParseError for TeX that KaTeX doesn't know
 */
export const formulaMarkup = (tex: string): string =>
  katex.renderToString(tex, { displayMode: true, trust: false, output: 'htmlAndMathml' });
