import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

/**
 * What a built page's first script takes with it: the scripts that its HTML names, and all that
 * they import statically.
 * @param folder of the built page
 * @returns paths in it
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
