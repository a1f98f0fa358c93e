import { softwareWebGpuFlags } from '../test/chromium';
import { inChromium, tfjs } from './in-chromium';

/**
 * One optimiser step of the compact head on WebGPU in headless Chromium: dispatches, bytes sent up,
 * memory, time. In software, unless `BENCH_ADAPTER=hardware` asks for the machine's own adapter.
 */
export default async function step(): Promise<Record<string, unknown>> {
  const hardware = process.env.BENCH_ADAPTER === 'hardware';
  const flags = hardware
    ? softwareWebGpuFlags.filter((flag) => !flag.includes('swiftshader'))
    : softwareWebGpuFlags;
  return inChromium({ name: 'step', global: 'measureStep', include: tfjs, flags }, (page) =>
    page.evaluate(() => window.measureStep()),
  );
}
