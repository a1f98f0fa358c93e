import { count } from '../../core/number-words';
import {
  FIRST_DRAW_NOTE,
  DETECTION_NOTE,
  normSentence,
} from '../../evaluation/discard/pair-qualities';
import type { ResultRow } from '../../evaluation/results-table';
import { tableNotes, unmeasuredSentence } from '../../evaluation/statistics/result-cell';
import type { EvaluationResult, ProtocolResult } from '../../inference/evaluation/evaluate';
import { markup, type Markup } from './markup';

/** What the figures of an evaluation are, and what its intervals are made of, in plain words. */
export function evaluationNotes(
  { protocols, seed }: EvaluationResult,
  rows: readonly ResultRow[],
): Markup {
  const withIntervals = protocols.filter(({ report }) => report.bootstrap.resamples > 0);
  const notes = [...tableNotes(rows, 'Bold'), unmeasuredSentence(rows)];
  return markup`<h2>What the figures and intervals are</h2>
    <p>
      Accuracy is the mean over folds, each at the threshold that is best on the others. TAR@FAR is
      the share of genuine pairs accepted at a threshold that accepts no more than that share of
      impostor pairs. AUC is the area under the curve of TAR over FAR, ties counted half.
    </p>
    ${notes.map((note) => note !== null && markup`<p>${note}</p> `)}
    ${withIntervals.map(({ name, report: { bootstrap, pairs } }) => {
      const { resamples, over, units } = bootstrap;
      return over === 'people'
        ? markup`<p>
            <strong>${name}</strong>: the ${count(pairs)} pairs are of ${count(units)} people. Each
            resample draws ${count(units)} people with replacement: some twice or more, some not at
            all. A genuine pair counts as often as its person was drawn, an impostor pair as often
            as both together, and all figures are measured again. Of ${count(resamples)} resamples
            the middle 95 % make the interval. People are drawn and not pairs, because pairs that
            share a person are alike: drawing pairs would give intervals that are too narrow.
          </p> `
        : markup`<p>
            <strong>${name}</strong>: the set names nobody, so each resample draws ${count(units)}
            of its pairs with replacement, and all figures are measured again. Of
            ${count(resamples)} resamples the middle 95 % make the interval. Pairs that share a
            person are alike, so the true intervals are wider than these.
          </p> `;
    })}
    ${
      withIntervals.length === 0 &&
      markup`<p>
        There are no intervals: an earlier version made this evaluation, or they were left out.
      </p>`
    }
    <p>
      All that is drawn at random comes from the seed ${seed}: the same evaluation has the same
      figures.
    </p>`;
}

/** What is to be known of a protocol's qualities. */
export function discardNotes({ report }: ProtocolResult): string {
  const { qualities, leftOut, norm, chanceOrders } = report.discard;
  const isDetected = qualities.some(({ kind }) => kind === 'detector' || kind === 'size');
  return [
    `${normSentence(norm)}.`,
    `Chance is the mean of ${count(chanceOrders)} random orders.`,
    ...(isDetected ? [DETECTION_NOTE] : []),
    ...(report.draws > 1 ? [FIRST_DRAW_NOTE] : []),
    ...leftOut.map(({ name, reason }) => `No row for ${name}: it ${reason}.`),
  ].join(' ');
}
