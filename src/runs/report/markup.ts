/**
 * Text that is HTML already. Only {@link markup} makes it, which escapes all that is put into it,
 * so that a name with markup in it is shown and never obeyed.
 */
export class Markup {
  /** @param text trusted: callers outside of this file use {@link markup} */
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/**
 * What can be put into a template. An array is put in piece by piece; null and false are nothing.
 */
export type Content = Markup | string | number | null | undefined | false | readonly Content[];

/**
 * HTML from a template: its own text as it is, without the indentation of its lines; what is put in
 * escaped, {@link Markup} apart.
 */
export function markup(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(
    parts
      .map(
        (part, i) =>
          part.replace(/\s*\n\s*/g, '\n') + (i < contents.length ? textOf(contents[i]) : ''),
      )
      .join(''),
  );
}

/** Nothing. */
export const NOTHING = new Markup('');

/** Pieces, one after the other. */
export const joined = (pieces: readonly Content[]): Markup => new Markup(textOf(pieces));

function textOf(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(textOf).join('');
  return escaped(String(content));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text for between tags and for quoted attributes. Control characters, and those that turn the
 * direction of writing, which could make a name look like another, become U+FFFD.
 */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
