import { styleText } from 'node:util';

/** A text for stderr, in red on a terminal. */
export const inRed = (text: string): string =>
  process.stderr.isTTY ? styleText('red', text) : text;
