import { basename } from 'node:path';
import { Command } from 'commander';
import { count, counted } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import { writeSafetensors, type NamedArray } from '../../../formats/safetensors/safetensors';
import { describeLostPicture, type LostPicture } from '../../../inference/locate-pictures';
import { countBar, logLine } from '../../count-bar';
import { checkOutput } from '../../node/output-file';
import { saveOutput } from '../../node/save-output';
import { printable } from '../inspect-text';
import { withFaceOptions, type FaceOptions } from './face-options';
import { described, usedFace } from './face-text';
import { openPictureReader, POLICY, type PictureOutcome, type ReadPicture } from './picture-reader';

/** Options of `scf embed`. */
interface EmbedOptions extends FaceOptions {
  readonly out: string;
}

/** `scf embed`: unit embeddings [n, 512], κ [n] and its percentile [n] in a file. */
export function embedCommand(): Command {
  const command = new Command('embed')
    .description('unit embeddings of pictures with κ and its percentile, in a file')
    .argument('<pictures...>', 'photographs, or aligned 112 × 112 crops')
    .requiredOption('--out <file>', 'where the embeddings go (.safetensors)');
  return withFaceOptions(command)
    .addHelpText(
      'after',
      `
A picture that can't be read, or shows no face, is skipped and named on stderr; the others are
written, and the last line counts both (--json lists them under "skipped"). The exit code is 0 then,
and 1 where no picture could be embedded or the file could not be written in its place.`,
    )
    .action(embed);
}

async function embed(paths: readonly string[], options: EmbedOptions): Promise<void> {
  await checkOutput(options.out, ['.safetensors']);
  const { head, readAll } = await openPictureReader(options);
  const bar = options.json ? null : countBar('pictures', paths.length);
  const outcomes = readAll(paths, { onProgress: (done) => bar?.update(done) });
  const { pictures, skipped } = await keptPictures(outcomes).finally(() => bar?.stop());
  if (pictures.length === 0) throw nothingEmbedded(paths.length);
  const bytes = encodeEmbeddings(pictures, head?.name ?? null);
  const out = await saveOutput('The file of embeddings', options.out, () => bytes);
  if (options.json) {
    const shown = pictures.map((picture) => ({
      name: basename(picture.path),
      kappa: picture.kappa,
      percentile: picture.percentile,
      quality: picture.quality,
      face: usedFace(picture),
    }));
    const lost = skipped.map(({ picture, reason }) => ({ path: picture, reason }));
    console.log(
      JSON.stringify({
        out,
        head: head?.name ?? null,
        policy: POLICY,
        pictures: shown,
        skipped: lost,
      }),
    );
    return;
  }
  console.log(pictures.map((picture) => described(picture, head)).join('\n'));
  if (out === null) return;
  const of = skipped.length > 0 ? ` of ${counted(paths.length, 'picture')}` : '';
  const left = skipped.length > 0 ? ` ${skipped.length} skipped.` : '';
  console.log(
    `${counted(pictures.length, 'embedding')}${of} ${pictures.length === 1 ? 'is' : 'are'} ` +
      `in ${out}.${left}`,
  );
}

/** Gathers the pictures that were read, and names on stderr those that weren't. */
export async function keptPictures(outcomes: AsyncIterable<PictureOutcome>) {
  const pictures: ReadPicture[] = [];
  const skipped: LostPicture[] = [];
  for await (const { picture, loss } of outcomes) {
    if (picture) pictures.push(picture);
    else {
      skipped.push(loss);
      logLine(`skipped ${printable(describeLostPicture(loss))}`);
    }
  }
  return { pictures, skipped };
}

function nothingEmbedded(paths: number): StudioError {
  const none = paths === 1 ? 'The picture could not' : `None of the ${count(paths)} pictures could`;
  const found = `${none} be embedded; nothing was written.`;
  return new StudioError('no-face', found, 'Name pictures that show a face.');
}

/**
 * A safetensors file of the embeddings, one row a picture; of κ and its percentile, if they are
 * known of every picture; and of the pictures' paths as given, the policy and the head.
 */
export function encodeEmbeddings(
  pictures: readonly ReadPicture[],
  head: string | null,
): Uint8Array {
  const dimension = pictures[0]!.mu.length;
  const data = new Float32Array(pictures.length * dimension);
  pictures.forEach(({ mu }, row) => data.set(mu, row * dimension));
  const arrays = new Map<string, NamedArray>();
  arrays.set('embedding', { dtype: 'F32', shape: [pictures.length, dimension], data });
  for (const name of ['kappa', 'percentile'] as const) {
    const known = pictures.flatMap((picture) => picture[name] ?? []);
    if (known.length < pictures.length) continue;
    arrays.set(name, { dtype: 'F32', shape: [known.length], data: Float32Array.from(known) });
  }
  return writeSafetensors(arrays, {
    format: 'scf-studio-embeddings-1',
    names: JSON.stringify(pictures.map(({ path }) => path)),
    policy: POLICY,
    ...(head !== null && { head }),
  });
}
