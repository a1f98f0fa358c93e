import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

/**
 * Lists the scripts that a built page loads at the start: those in its HTML, and all that they
 * import statically.
 * @param folder of the built page
 * @returns paths relative to `folder`
 */
export async function initialScripts(folder: string): Promise<string[]> {
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  const found = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    if (found.has(path)) return;
    found.add(path);
    const text = await readFile(join(folder, path), 'utf8');
    for (const [, imported] of text.matchAll(/(?:\bfrom|\bimport)\s*["'](\.[^"']+\.js)["']/g))
      await visit(posix.join(posix.dirname(path), imported!));
  };
  for (const [, path] of html.matchAll(/<(?:script|link)[^>]*?(?:src|href)="\.\/([^"]+\.js)"/g))
    await visit(path!);
  if (found.size === 0) throw new Error(`${folder}/index.html names no script.`);
  return [...found];
}
