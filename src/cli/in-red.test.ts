import { WriteStream } from 'node:tty';
import { afterEach, expect, it, vi } from 'vitest';
import { inRed } from './in-red';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

it.each([
  ['on a terminal', true, undefined, '\u001b[31mno\u001b[39m'],
  ['not where NO_COLOR asks for none', true, '1', 'no'],
  ['not in a file', false, undefined, 'no'],
])('text is coloured %s', (_, isTTY, noColour, expected) => {
  for (const name of ['FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CI']) vi.stubEnv(name, undefined);
  vi.stubEnv('TERM', 'xterm');
  vi.stubEnv('NO_COLOR', noColour);
  const { getColorDepth } = WriteStream.prototype;
  const stderr = Object.assign(Object.create(process.stderr), { isTTY, getColorDepth });
  vi.stubGlobal('process', Object.create(process, { stderr: { value: stderr } }));
  expect(inRed('no')).toBe(expected);
});
