import { createReadStream, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * The three builds of the tfjs wasm backend (plain, SIMD, threaded SIMD), served from and built to
 * `wasm/`.
 */
function tfjsWasmBinaries(): Plugin {
  const binaries = dirname(
    createRequire(import.meta.url).resolve(
      '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm',
    ),
  );
  const names = [
    'tfjs-backend-wasm.wasm',
    'tfjs-backend-wasm-simd.wasm',
    'tfjs-backend-wasm-threaded-simd.wasm',
  ];
  return {
    name: 'tfjs-wasm-binaries',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const name = names.find((candidate) => request.url?.split('?')[0] === `/wasm/${candidate}`);
        if (!name || !existsSync(join(binaries, name))) return next();
        response.setHeader('Content-Type', 'application/wasm');
        createReadStream(join(binaries, name)).pipe(response);
      });
    },
    async generateBundle() {
      const { readFile } = await import('node:fs/promises');
      for (const name of names) {
        this.emitFile({
          type: 'asset',
          fileName: `wasm/${name}`,
          source: await readFile(join(binaries, name)),
        });
      }
    },
  };
}

/**
 * The built page's content security policy. Scripts and workers are the page's own; `connect-src`
 * is open, since shards may be streamed from any address, but the page only ever GETs, and forms
 * can be sent nowhere.
 */
function contentSecurityPolicy(): Plugin {
  const policy = [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval' blob:",
    "worker-src 'self' blob:",
    "connect-src 'self' https: http: blob: data:",
    "img-src 'self' blob: data:",
    "style-src 'self' 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'none'",
  ].join('; ');
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: policy },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/**
 * Lets the page say how many threads the wasm backend starts before it is ready. It would start
 * eight, also on two cores, where the six that are never used take a quarter of a second.
 * https://github.com/tensorflow/tfjs/blob/tfjs-v4.22.0/tfjs-backend-wasm/src/cc/BUILD
 */
function wasmThreadPool(): Plugin {
  const eight = 'pthreadPoolSize=8;';
  return {
    name: 'wasm-thread-pool',
    transform(code, id) {
      if (!id.endsWith('wasm-out/tfjs-backend-wasm-threaded-simd.js')) return null;
      if (code.split(eight).length !== 2)
        throw new Error(`${id} has not one "${eight}": read how this release starts its threads.`);
      // Named as in src/engine/wasm-thread-pool.ts.
      const asked = 'pthreadPoolSize=globalThis.scfWasmThreadPool||8;';
      return { code: code.replace(eight, asked), map: null };
    },
  };
}

/**
 * Lets browsers keep what has a hash in its name, also compiled: else they ask for each file on each
 * visit, and compile it anew.
 */
function keptAssets(): Plugin {
  return {
    name: 'kept-assets',
    configurePreviewServer(server) {
      server.middlewares.use((request, response, next) => {
        if (request.url?.startsWith('/assets/'))
          response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
        next();
      });
    },
  };
}

/**
 * Cross-origin isolation gives the wasm backend its threads; everything the page loads is
 * same-origin or CORS.
 */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  base: './',
  plugins: [react(), tfjsWasmBinaries(), contentSecurityPolicy(), keptAssets()],
  // tfjs starts its wasm threads from the source text of a function, which names a variable around
  // it: renaming that variable breaks the threads, so the worker only loses its white space.
  worker: {
    format: 'es',
    plugins: () => [wasmThreadPool()],
    rolldownOptions: {
      output: { minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } } },
    },
  },
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
  build: {
    target: 'es2023',
    sourcemap: true,
    chunkSizeWarningLimit: 2000,
    // The policy lets fonts come from the page's own files only, not from inside of a style sheet.
    assetsInlineLimit: (file) => (/\.(woff2?|ttf)$/.test(file) ? false : undefined),
  },
});
