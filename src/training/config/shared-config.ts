import type { RunConfig } from './run-config';

/** Parts at the end of a path that are kept. Those before describe somebody's machine. */
const KEPT_PATH_PARTS = 2;

/** Settings for a file that is shared with others: absolute paths are cut to their last parts. */
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
  return isAbsolute ? path.split(/[/\\]/).filter(Boolean).slice(-KEPT_PATH_PARTS).join('/') : path;
}
