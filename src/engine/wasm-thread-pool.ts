/**
 * Asks for the threads that a wasm backend needs beside the one that calls it. A pool that is too
 * small would stand still: a thread that is made later starts only when the caller returns.
 * @param threads that the backend is to compute with, the caller's included
 */
export function askForWasmThreads(threads: number): void {
  // Read by the built page's wasm backend, which vite.config.ts changes for it.
  Object.assign(globalThis, { scfWasmThreadPool: Math.max(1, threads - 1) });
}
