import { describe, expect, it } from 'vitest';
import { quoteWord, shellWords } from './shell-words';

describe('words of a shell command', () => {
  it.each([
    ['blanks and quotes', `a  "b c"\t'd "e"' f\\ g h"i"'j'`, ['a', 'b c', 'd "e"', 'f g', 'hij']],
    ['continued lines', 'a \\\n  b\\\nc \\\r\n d', ['a', 'bc', 'd']],
    ['blanks after the closing backslash', 'a \\  \n  b', ['a', 'b']],
    ['lines that lost their backslash', 'a\n--b', ['a', '--b']],
    ['hard spaces of a page', 'a\u00a0--b "c\u00a0d"', ['a', '--b', 'c\u00a0d']],
    ['comments', `# don't\na # "b\n--c \\\n  # d\n  --e`, ['a', '--c', '--e']],
    ['a # inside a word', 'a#1 --b "#2" --c', ['a#1', '--b', '#2', '--c']],
    ['variables, unexpanded', 'a $HOME/b "${DATA}/c" \'$d\'', ['a', '$HOME/b', '$DATA/c', '$d']],
    ['braces', 'a ms1m-{0000..0099}.tar', ['a', 'ms1m-{0000..0099}.tar']],
    ['nothing', ' \n', []],
  ])('takes %s', (_, text, words) => {
    expect(shellWords(text)).toEqual(words);
  });

  it.each([
    ['a pipe', 'a | tee log', "the shell's |"],
    ['a second command', 'cd SCF && a', "the shell's &&"],
    ['a redirection', 'a 2>&1', "the shell's >&"],
    ['a command inside', 'a $(nproc)', "the shell's ("],
    ['a pattern', 'a *.pt', 'the pattern "*.pt"'],
    ['an open double quote', 'a "b', 'a quote that has no end, before "b"'],
    ['an open single quote', 'a\'b "c"', 'a quote that has no end, before "b "c""'],
    ['a bad substitution', 'a ${', 'something no shell reads'],
  ])('refuses %s', (_, text, found) => {
    expect(() => shellWords(text)).toThrow(
      expect.objectContaining({ code: 'bad-config', message: expect.stringContaining(found) }),
    );
  });

  it.each([
    '',
    'a b',
    `'`,
    `"'"`,
    '\\',
    '\\\n',
    '$x',
    '`x`',
    '#a',
    'a*?',
    '~/x',
    '!',
    'ü ',
    '\u00a0',
    'a\nb',
    '{0..9}',
    '&&',
  ])('reads %j back from its quotes', (word) => {
    expect(shellWords(`a ${quoteWord(word)} b`)).toEqual(['a', word, 'b']);
  });
});
