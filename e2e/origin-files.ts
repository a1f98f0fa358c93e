import type { Page } from '@playwright/test';

/** What a browser keeps for the studio: bytes by path in the origin's private file system. */
export type OriginFiles = ReadonlyMap<string, Buffer>;

/** A page of the studio's origin on which the studio does not run. */
const IDLE = '/favicon.svg';

/** Leaves the studio, and reads all that the browser keeps for it. */
export async function readOriginFiles(page: Page): Promise<OriginFiles> {
  await page.goto(IDLE);
  const files = await page.evaluate(async () => {
    const found: [string, string][] = [];
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        if (handle instanceof FileSystemDirectoryHandle) await walk(handle, `${path}${name}/`);
        else {
          const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
          let text = '';
          for (const byte of bytes) text += String.fromCharCode(byte);
          found.push([path + name, btoa(text)]);
        }
      }
    };
    await walk(await navigator.storage.getDirectory(), '');
    return found;
  });
  return new Map(files.map(([path, text]) => [path, Buffer.from(text, 'base64')]));
}

/** Leaves the studio, and puts these files in place of all that the browser keeps for it. */
export async function writeOriginFiles(page: Page, files: OriginFiles): Promise<void> {
  await page.goto(IDLE);
  await page.evaluate(
    async (given) => {
      const root = await navigator.storage.getDirectory();
      for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
      for (const [path, text] of given) {
        const folders = path.split('/');
        const name = folders.pop()!;
        let folder = root;
        for (const each of folders)
          folder = await folder.getDirectoryHandle(each, { create: true });
        const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
        await file.write(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
        await file.close();
      }
    },
    [...files].map(([path, bytes]) => [path, bytes.toString('base64')] as const),
  );
}
