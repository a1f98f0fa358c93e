import type { RunConfig } from './run-config';

/** Parts of a path that say what it is; those before say whose machine it is on. */
const TOLD = 2;

/** Settings as they may go along with a file that others get: of absolute paths only the ends. */
export function sharedConfig(config: RunConfig): RunConfig {
  return {
    ...config,
    shards: endOf(config.shards),
    backbone: endOf(config.backbone),
    centreFiles: endOf(config.centreFiles),
  };
}

function endOf(path: string): string {
  const isAbsolute = /^([/\\]|[a-z]:[/\\]|\.\.[/\\])/i.test(path);
  return isAbsolute ? path.split(/[/\\]/).filter(Boolean).slice(-TOLD).join('/') : path;
}
