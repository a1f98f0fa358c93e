import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright';
import { build, preview } from 'vite';
import { findChromium, headlessFlags } from '../test/chromium';

/** The studio as it is delivered, served from this machine. */
export interface BuiltPage {
  /** Ends with a slash. */
  readonly address: string;
  /** Where its files lie. */
  readonly folder: string;
  /** A browser of its own with a profile that outlives it, until the end. */
  readonly context: BrowserContext;
  /** Another browser on the same profile, once this one's is closed: a second visit. */
  readonly visitAgain: () => Promise<BrowserContext>;
}

/** Builds the studio into a temporary folder, serves it, and opens a browser for it. */
export async function onBuiltPage<T>(
  flags: readonly string[],
  measure: (page: BuiltPage) => Promise<T>,
): Promise<T> {
  const temporary = await mkdtemp(join(tmpdir(), 'scf-bench-'));
  const folder = join(temporary, 'dist');
  try {
    await build({ logLevel: 'error', build: { outDir: folder, emptyOutDir: true } });
    const server = await preview({
      logLevel: 'error',
      build: { outDir: folder },
      preview: { host: '127.0.0.1', port: 0 },
    });
    const visit = () =>
      chromium.launchPersistentContext(join(temporary, 'profile'), {
        executablePath: findChromium(),
        args: [...headlessFlags, ...flags],
      });
    let context = await visit();
    try {
      return await measure({
        address: server.resolvedUrls!.local[0]!,
        folder,
        context,
        visitAgain: async () => {
          await context.close();
          return (context = await visit());
        },
      });
    } finally {
      await context.close();
      await server.close();
    }
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}
