import { markup, Markup, type Content } from './markup';
import { REPORT_STYLE } from './style';

/** What a report consists of. */
export interface ReportParts {
  /** Of the window and the first heading. */
  readonly title: string;
  /** Below the heading, in small letters. */
  readonly subtitle: string;
  readonly body: Content;
  /** Milliseconds since the Unix epoch. */
  readonly madeAt: number;
}

/**
 * A whole HTML document. It holds no script, and its policy allows none, nor anything from
 * elsewhere: only the one style sheet in it, by its hash.
 */
export async function reportDocument({
  title,
  subtitle,
  body,
  madeAt,
}: ReportParts): Promise<string> {
  const policy =
    `default-src 'none'; style-src 'sha256-${await sha256Base64(REPORT_STYLE)}'; ` +
    "base-uri 'none'; form-action 'none'";
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${title}</title>
        <style>${new Markup(REPORT_STYLE)}</style>
      </head>
      <body>
        <main>
          <header>
            <h1>${title}</h1>
            <p class="sub">${subtitle}</p>
          </header>
          ${body}
          <footer>Made by SCF Studio on ${dateText(madeAt)}. All times are UTC.</footer>
        </main>
      </body>
    </html>`.text;
}

/** "30 November 2026, 13:19": in UTC, so that one run has one report wherever it is read. */
export const dateText = (time: number): string =>
  new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
    .format(time)
    .replace(' at ', ', ');

async function sha256Base64(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
