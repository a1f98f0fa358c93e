import { mkdir, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CENTRES_FILE, FEATURES_FILE, VALIDATION_FILE } from '../../../training/data/run-data';
import {
  PREVIOUS_CHECKPOINT_FILE,
  CHECKPOINT_FILE,
} from '../../../training/checkpoint/checkpoint-writer';
import { ignoreMissing } from '../../node/disk-error';
import { errnoOf, outputError } from '../../node/output-file';

/** Files of a run; checkpoints last. */
const OWN_FILES: readonly string[] = [
  FEATURES_FILE,
  CENTRES_FILE,
  VALIDATION_FILE,
  'head.safetensors',
  PREVIOUS_CHECKPOINT_FILE,
  CHECKPOINT_FILE,
];
/** Files that a run with published flags writes into the same folder. */
const OUTPUTS = /^(ckpt_e\d+\.pt|events\.out\.tfevents\..*)$/;

/**
 * Moves a run and its outputs from a folder into a new folder inside it: `before-1`, `before-2` and
 * so on. Cached features and views stay, since any run can use them.
 * @param out path of the next run's head: a file that is there now belongs to the earlier run
 * @returns the new folder; null if there was nothing to move
 * @throws StudioError `storage-full` or `storage-denied`
 */
export async function setRunAside(folder: string, out: string): Promise<string | null> {
  const there = (await readdir(folder).catch(ignoreMissing(folder))) ?? [];
  const head = resolve(dirname(out)) === resolve(folder) ? basename(out) : null;
  const isOurs = (name: string) => OWN_FILES.includes(name) || name === head || OUTPUTS.test(name);
  // The checkpoint is moved last, so that the command can be repeated if it is cut off in between.
  const names = there.filter(isOurs).sort((a, b) => OWN_FILES.indexOf(a) - OWN_FILES.indexOf(b));
  if (names.length === 0) return null;
  const aside = await newFolder(folder);
  try {
    for (const name of names) await rename(join(folder, name), join(aside, name));
  } catch (cause) {
    throw outputError(aside, cause);
  }
  return aside;
}

async function newFolder(folder: string): Promise<string> {
  for (let count = 1; ; count++) {
    const path = join(folder, `before-${count}`);
    try {
      await mkdir(path);
      return path;
    } catch (cause) {
      if (errnoOf(cause) !== 'EEXIST') throw outputError(path, cause);
    }
  }
}
