import { parse } from 'shell-quote';
import { messageOf, StudioError } from '../../core/studio-error';

/** What a shell would treat as one unit, at any place of a command that is not inside another. */
const UNITS = /\\[ \t]*\n|\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|(?<=^|\s)#.*|#|\u00a0/gm;

/**
 * The words of a shell command, as a shell would hand them to a program: continued lines joined,
 * quotes and comments taken out. Nothing is executed or expanded: `$NAME` stays as it is written.
 * @throws StudioError `bad-config` for a quote without an end, for pipes and other operators, and
 * for patterns such as *.pt
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
 * Takes out comments and joins lines, as a shell does; and what a page does to a command on the
 * way.
 */
function mended(unit: string): string {
  // Pages put blanks after a closing backslash, and hard spaces anywhere; a shell would take
  // neither for what was meant.
  if (/^\\\s*\n$/.test(unit)) return '';
  if (unit === '\u00a0') return ' ';
  // A # inside a word is no comment, which shell-quote would take it for, together with every line
  // after it.
  if (unit === '#') return '\\#';
  return unit.startsWith('#') ? '' : unit;
}

/**
 * A word as a shell would read it back: in single quotes where it holds more than letters, digits
 * and harmless marks.
 */
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
