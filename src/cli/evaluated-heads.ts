import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { methodNames, type MethodName } from '../confidence/confidence-method';
import { StudioError } from '../formats/studio-error';
import type { Backbone } from '../models/backbone';
import type { EvaluatedHead } from '../training/evaluate';
import { openNodeBackbone, openNodeHead } from './node-models';

/** Heads that come with the studio. */
const READY_HEADS = 'public/heads';

/** A backbone, and heads that were trained on it. */
export interface BackboneWithHeads {
  readonly backbone: Backbone;
  readonly heads: readonly EvaluatedHead[];
}

/**
 * Opens a backbone as the first head's file says that it was read, and the heads.
 * @param files one a method; none for those that come with the studio
 * @throws StudioError `bad-checkpoint`, `bad-model`; `bad-config` for two heads of one method
 */
export async function openWithHeads(backboneFile: string, files: readonly string[]): Promise<BackboneWithHeads> {
  const paths = files.length > 0 ? files : readyHeads();
  const opened = await Promise.all(paths.map(async (path) => ({ path, file: await openNodeHead(path) })));
  const backbone = await openNodeBackbone(backboneFile, opened[0]?.file.reading);
  const heads: EvaluatedHead[] = [];
  for (const { path, file } of opened) {
    const { head, method, radius, calibration } = await file.on(backbone);
    const other = heads.find((each) => each.method === method);
    if (other) throw new StudioError('bad-config', `Two heads were trained by ${method}: ${other.name} and ${basename(path)}.`, 'Give one head a method.');
    heads.push({ name: basename(path), head, method, radius, calibration });
  }
  return { backbone, heads };
}

function readyHeads(): string[] {
  return existsSync(READY_HEADS) ? readdirSync(READY_HEADS).filter((name) => name.endsWith('.safetensors')).sort().map((name) => join(READY_HEADS, name)) : [];
}

/** Methods by name, separated by commas. @throws StudioError `bad-config` */
export function methodsNamed(text: string): MethodName[] {
  return text.split(',').map((word) => {
    const found = methodNames.find((name) => name === word.trim());
    if (!found) throw new StudioError('bad-config', `"${word}" is no method; ${methodNames.join(', ')} were expected.`, 'Correct --methods.');
    return found;
  });
}
