import { Command } from 'commander';
import { count, counted } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import { describeLostPicture } from '../../../inference/locate-pictures';
import { countBar, logLine } from '../../count-bar';
import { untilInterrupted } from '../../node/until-interrupted';
import { checkOutput } from '../../node/output-file';
import { saveOrPrint } from '../../node/save-output';
import { printable } from '../inspect-text';
import { withFaceOptions, type FaceOptions } from './face-options';
import { namedPictures, passedOverText, type NamedPictures } from './named-pictures';
import { openPictureReader, POLICY, type PictureReader } from './picture-reader';
import { byKappa, rankCsv, rankedPicture, rankTable, type RankedPicture } from './ranked-pictures';

/** Options of `scf rank`. */
interface RankOptions extends FaceOptions {
  readonly csv?: string;
}

/** The exit status of a process that Ctrl-C ended. */
const INTERRUPTED = 130;

/** `scf rank`: pictures sorted by how sure the head is of their faces. */
export function rankCommand(): Command {
  const command = new Command('rank')
    .description('sort pictures by κ, the least sure last')
    .argument('<pictures...>', 'photographs, aligned 112 × 112 crops, or folders of them')
    .option('--csv <file>', 'write all pictures, also those without κ, as a table (.csv)');
  return withFaceOptions(command)
    .addHelpText(
      'after',
      `
Folders are read with all folders in them; hidden files and files that are no pictures are counted
and passed over. A picture that can't be read, or shows no face, is named on stderr with the reason,
and in the table of --csv. Ctrl-C ends the reading: what was read until then is ranked, and the exit
code is ${INTERRUPTED}.`,
    )
    .action(rank);
}

async function rank(words: readonly string[], options: RankOptions): Promise<void> {
  if (options.csv !== undefined) await checkOutput(options.csv, ['.csv']);
  const named = await namedPictures(words);
  const reader = await openPictureReader(options);
  const { head } = reader;
  if (!head)
    throw new StudioError(
      'bad-config',
      'There is no head to rank the pictures by.',
      'Name a head of this backbone with --head.',
    );
  const pictures = await readRanked(named.paths, reader);
  const ranked = byKappa(pictures);
  const summary = summaryOf(ranked, named);
  if (ranked.length > 0 && ranked.every(({ reason }) => reason !== null))
    throw new StudioError('no-face', summary, 'Name pictures that show a face.');
  if (options.json) {
    console.error(summary);
    console.log(JSON.stringify({ head: head.name, policy: POLICY, pictures: ranked }));
  } else {
    console.log(`${rankTable(ranked, head.method)}\n${summary}`);
  }
  if (options.csv !== undefined) await saveOrPrint('The table', options.csv, rankCsv(ranked));
}

/** Reads pictures, naming on stderr those without κ, until the last one or Ctrl-C. */
async function readRanked(
  paths: readonly string[],
  { readAll }: PictureReader,
): Promise<RankedPicture[]> {
  const bar = countBar('pictures', paths.length);
  const interrupt = untilInterrupted();
  const pictures: RankedPicture[] = [];
  try {
    const { isStopped } = interrupt;
    const outcomes = readAll(paths, { onProgress: (done) => bar.update(done), isStopped });
    for await (const outcome of outcomes) {
      if (outcome.loss) logLine(`no κ: ${printable(describeLostPicture(outcome.loss))}`);
      pictures.push(rankedPicture(outcome));
    }
  } finally {
    bar.stop();
    interrupt.dispose();
  }
  if (interrupt.isStopped()) process.exitCode = INTERRUPTED;
  return pictures;
}

/** How many pictures were ranked, how many weren't and why, and what was passed over. */
function summaryOf(ranked: readonly RankedPicture[], named: NamedPictures): string {
  const lost = ranked.filter(({ reason }) => reason !== null);
  const faceless = lost.filter(({ faces }) => faces === 0).length;
  const unreadable = lost.length - faceless;
  const unread = named.paths.length - ranked.length;
  const parts = [
    `${counted(ranked.length - lost.length, 'picture')} ranked`,
    ...(faceless > 0 ? [`${count(faceless)} without a face`] : []),
    ...(unreadable > 0 ? [`${count(unreadable)} that can't be read`] : []),
    ...(unread > 0 ? [`${count(unread)} not reached before the interruption`] : []),
  ];
  return `${parts.join(', ')}${passedOverText(named)}.`;
}
