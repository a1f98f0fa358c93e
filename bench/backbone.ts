import { softwareWebGpuFlags } from '../test/chromium';
import type { BackboneRequest } from './backbone-in-page';
import { inChromium, tfjs } from './in-chromium';

const include = [...tfjs, 'onnxruntime-web/wasm', 'onnxruntime-web/webgpu'];

/**
 * The studio's backbone beside onnxruntime-web on the same file, in one page and in turns, on wasm
 * and on WebGPU.
 */
export default async function backbone(): Promise<Record<string, unknown>> {
  const flags = process.env.BENCH_ADAPTER === 'hardware' ? [] : softwareWebGpuFlags;
  const measure = (request: BackboneRequest) =>
    inChromium({ name: 'backbone', global: 'measureBackbone', include, flags }, (page) =>
      page.evaluate((asked) => window.measureBackbone(asked), request),
    );
  const isSoftware = flags.length > 0;
  const only = process.env.BENCH_BACKEND;
  const backends = [];
  if (only !== 'webgpu')
    backends.push(
      await measure({ backend: 'wasm', batches: [1, 8, 32], rounds: 15, picturesPerTurn: 32 }),
    );
  // In software a picture takes a second or two.
  if (only !== 'wasm')
    backends.push(
      await measure({
        backend: 'webgpu',
        batches: isSoftware ? [1, 4] : [1, 8, 32],
        rounds: isSoftware ? 5 : 30,
        picturesPerTurn: isSoftware ? 1 : 32,
      }),
    );
  return { backends };
}
