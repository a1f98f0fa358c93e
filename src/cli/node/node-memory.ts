import type { FaceSource } from '../../faces/face-source';
import type { RunConfig } from '../../training/config/run-config';
import {
  requireFeatureMemory,
  requireWasmMemory,
  type FeatureShape,
} from '../../training/session/run-memory';
import { MAX_BLOCK_BYTES } from './node-models';

/**
 * Checks that a run fits into this machine's memory, before its head is made.
 * @param onDisk whether features are cached on disk between epochs
 * @throws StudioError `out-of-gpu-memory` or `bad-config` with the bytes needed and available; what
 * `source.info` throws
 */
export async function requireNodeMemory(
  config: RunConfig,
  shape: FeatureShape,
  source: FaceSource,
  onDisk: boolean,
): Promise<void> {
  requireWasmMemory(config, shape, MAX_BLOCK_BYTES);
  const { images } = await source.info();
  requireFeatureMemory(config, shape, {
    images: images ?? null,
    onDisk,
    memory: process.availableMemory(),
  });
}
