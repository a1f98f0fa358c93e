import { parse } from 'shell-quote';
import { messageOf, StudioError } from '../../../core/studio-error';

/** Matches the units of a shell command: continued lines, escapes, quotes, comments; and U+00A0. */
const UNITS = /\\[ \t]*\n|\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|(?<=^|\s)#.*|#|\u00a0/gm;

/**
 * Splits a shell command into words as a shell does: joins continued lines, removes quotes and
 * comments. Nothing is executed or expanded: `$NAME` stays as written.
 * @throws StudioError `bad-config` for an unclosed quote, for pipes and other operators, and for
 * patterns such as *.pt
 */
export function shellWords(text: string): string[] {
  const plain = text.replace(/\r\n?/g, '\n').replace(UNITS, mended);
  const open = /['"]/.exec(plain.replace(UNITS, (unit) => ' '.repeat(unit.length)));
  if (open)
    throw badCommand(
      `a quote that has no end, before ${shown(plain.slice(open.index + 1))}`,
      'Close the quote.',
    );
  return entriesOf(plain).map((entry) => {
    if (typeof entry === 'string') return entry;
    if ('pattern' in entry)
      throw badCommand(
        `the pattern ${shown(entry.pattern)}`,
        'Write the name in full, or between quotes.',
      );
    if ('op' in entry)
      throw badCommand(
        `the shell's ${entry.op}`,
        'Leave one command, without pipes, redirections or further commands.',
      );
    throw badCommand('a comment in an odd place', 'Take the comment out.');
  });
}

/**
 * Removes comments and joins lines, as a shell does, and undoes what web pages do to a copied
 * command.
 */
function mended(unit: string): string {
  // Pages add blanks after the backslash of a continued line, and put non-breaking spaces anywhere.
  if (/^\\\s*\n$/.test(unit)) return '';
  if (unit === '\u00a0') return ' ';
  // A # inside a word is no comment. Unescaped, shell-quote would drop the rest of the text.
  if (unit === '#') return '\\#';
  return unit.startsWith('#') ? '' : unit;
}

/** Quotes a word for a shell, if it holds more than letters, digits and harmless characters. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

function entriesOf(text: string) {
  try {
    return parse(text, (name) => `$${name}`);
  } catch (cause) {
    throw badCommand(`something no shell reads (${messageOf(cause)})`, 'Correct it.');
  }
}

const shown = (text: string): string => `"${text.slice(0, 60)}"`;

function badCommand(found: string, nextStep: string): StudioError {
  return new StudioError(
    'bad-config',
    `The command holds ${found}; one plain command was expected.`,
    nextStep,
  );
}
