import { styleText } from 'node:util';

/** A text for stderr: in red on a terminal that has colours, unless `NO_COLOR` asks for none. */
export const inRed = (text: string): string => styleText('red', text, { stream: process.stderr });
