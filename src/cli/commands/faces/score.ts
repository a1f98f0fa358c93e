import { Command } from 'commander';
import { pairScores } from '../../../inference/pair-scores';
import { withFaceOptions, type FaceOptions } from './face-options';
import { described, usedFace } from './face-text';
import { openPictureReader, POLICY } from './picture-reader';
import { farOf, referenceText, scoreLines, verdictsOn } from './verdicts';

/** Options of `scf score`. */
interface ScoreOptions extends FaceOptions {
  readonly far: string;
}

/** `scf score`: the faces of two pictures compared by each method, with a verdict. */
export function scoreCommand(): Command {
  const command = new Command('score')
    .description('compare the faces of two pictures by each method, with a verdict')
    .argument('<a>', 'photograph, or aligned 112 × 112 crop')
    .argument('<b>')
    .option(
      '--far <share>',
      "false accept rate of the verdict's threshold, measured on the head's validation pairs",
      '0.01',
    );
  return withFaceOptions(command)
    .addHelpText(
      'after',
      `
Each face is read as evaluations and Compare read it, and held against pairs that were read alike. A
head whose file has no such pairs gives scores and no verdict. --json prints cosTheta, scores (by
method), kappa, percentile and quality (of a and b), head, policy, verdicts (by method) and faces.`,
    )
    .action(score);
}

async function score(first: string, second: string, options: ScoreOptions): Promise<void> {
  const far = farOf(options.far);
  const { read, head, reading } = await openPictureReader(options);
  const pair = [await read(first), await read(second)] as const;
  const [a, b] = pair;
  const scores = pairScores([a], [b], head ? [head] : []);
  const verdicts = verdictsOn(scores, reading, far);
  const reference = referenceText(reading, far, head);
  if (options.json) {
    if (Object.keys(verdicts).length === 0) console.error(reference);
    console.log(
      JSON.stringify({
        cosTheta: scores.cosine,
        scores,
        kappa: pair.map(({ kappa }) => kappa),
        percentile: pair.map(({ percentile }) => percentile),
        quality: pair.map(({ quality }) => quality),
        head: head?.name ?? null,
        policy: POLICY,
        verdicts,
        faces: pair.map(usedFace),
      }),
    );
    return;
  }
  const lines = [
    ...pair.map((picture) => described(picture, head)),
    ...scoreLines(scores, verdicts),
    reference,
  ];
  console.log(lines.join('\n'));
}
