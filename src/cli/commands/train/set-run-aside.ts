import { mkdir, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CENTRES_FILE, FEATURES_FILE, VALIDATION_FILE } from '../../../training/data/run-data';
import { CHECKPOINT_BEFORE, CHECKPOINT_FILE } from '../../../training/checkpoint/checkpoint-writer';
import { missingOr } from '../../node/disk-error';
import { errnoOf, outputTrouble } from '../../node/output-file';

const OWN_FILES: readonly string[] = [
  FEATURES_FILE,
  CENTRES_FILE,
  VALIDATION_FILE,
  'head.safetensors',
  CHECKPOINT_BEFORE,
  CHECKPOINT_FILE,
];
/** What the published flags leave in the same folder. */
const OUTPUTS = /^(ckpt_e\d+\.pt|events\.out\.tfevents\..*)$/;

/**
 * Moves a run that lies in a folder, with what it put out there, into a new folder in it:
 * `before-1`, `before-2` and so on. Kept features stay, for they serve any run.
 * @param out where the next run's head goes: one that lies there now is the other run's
 * @returns where it lies now; null where there was nothing to move
 * @throws StudioError `storage-full` or `storage-denied`
 */
export async function setRunAside(folder: string, out: string): Promise<string | null> {
  const there = (await readdir(folder).catch(missingOr(folder))) ?? [];
  const head = resolve(dirname(out)) === resolve(folder) ? basename(out) : null;
  const isOurs = (name: string) => OWN_FILES.includes(name) || name === head || OUTPUTS.test(name);
  // The checkpoint last: what is cut off in between can be asked for again.
  const names = there.filter(isOurs).sort((a, b) => OWN_FILES.indexOf(a) - OWN_FILES.indexOf(b));
  if (names.length === 0) return null;
  const aside = await newFolder(folder);
  try {
    for (const name of names) await rename(join(folder, name), join(aside, name));
  } catch (cause) {
    throw outputTrouble(aside, cause);
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
      if (errnoOf(cause) !== 'EEXIST') throw outputTrouble(path, cause);
    }
  }
}
