import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { StudioError } from '../../../core/studio-error';
import { readQualityScores, requireQualitySize } from '../../../formats/pairs/quality-scores';
import type { QualityFile } from '../../../inference/evaluation/external-qualities';
import { bytesOf } from '../../node/node-models';

const LOWER = ':lower-is-better';
const NEXT_STEP = 'Name a text with lines of "picture score": --quality "CR-FIQA=scores.txt".';

/**
 * Opens the file of an option `NAME=FILE` or `NAME=FILE:lower-is-better`.
 * @throws StudioError `bad-config`, `bad-source`
 */
export async function openQuality(option: string): Promise<QualityFile> {
  const equals = option.indexOf('=');
  const lowerIsBetter = option.endsWith(LOWER);
  const path = option.slice(equals + 1, lowerIsBetter ? -LOWER.length : undefined);
  const name = option.slice(0, Math.max(0, equals)).trim();
  if (name === '' || path === '')
    throw new StudioError(
      'bad-config',
      `--quality is "${option}"; "NAME=FILE" was expected.`,
      NEXT_STEP,
    );
  const file = basename(path);
  // A file that is far too large isn't read at all; one that doesn't exist is named below.
  const found = await stat(path).catch(() => null);
  if (found) requireQualitySize(found.size, file);
  const bytes = await bytesOf(path, 'bad-source', NEXT_STEP);
  return { name, file, lowerIsBetter, scores: readQualityScores(bytes, file) };
}
