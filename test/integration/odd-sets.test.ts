import { describe, expect, it } from 'vitest';
import { oddFolder, oddList, oddNobody } from '../fixtures/odd-folders';
import { oddRecordIo } from '../fixtures/odd-recordio';
import { nameIn, type OddSet } from '../fixtures/odd-sets';
import { oddShards } from '../fixtures/odd-shards';
import { seededRandom, type SeededRandom } from '../../src/core/seeded-random';
import { type SkippedItem, LeftOutTally, NothingUsedError } from '../../src/faces/survey/left-out';
import { sourceOfFiles } from '../../src/faces/sources/source-of-files';
import { surveySource } from '../../src/faces/survey/survey-source';

/** Sets of each kind; 500 in all. */
const SETS: readonly (readonly [string, number, (random: SeededRandom) => OddSet])[] = [
  ['folders of people', 150, oddFolder],
  ['pictures and a list', 100, oddList],
  ['WebDataset shards', 150, oddShards],
  ['RecordIO', 100, oddRecordIo],
];

describe('odd sets: every file and record is either used or left out', () => {
  it.each(SETS)('%s', async (kind, count, make) => {
    for (let seed = 0; seed < count; seed++) {
      const set = make(seededRandom(16, seed));
      const found = await readSet(set);
      expect(
        found,
        `${kind}, seed ${seed}: ${set.files.map(({ path }) => path).join(', ')}`,
      ).toEqual({
        form: set.form,
        used: Object.fromEntries(set.used),
        leftOut: Object.fromEntries(set.leftOut),
      });
    }
  });
});

describe('folders without people', () => {
  it('have every file counted as left out', async () => {
    for (let seed = 0; seed < 100; seed++) {
      const { files, leftOut } = oddNobody(seededRandom(17, seed));
      const thrown: unknown = await sourceOfFiles('odd', files).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(NothingUsedError);
      const found = (thrown as NothingUsedError).leftOut.map(({ kind, count }) => [kind, count]);
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(leftOut));
    }
  });
});

/** Reads a set as a run does, and checks that a survey counts the same. */
async function readSet({ files }: OddSet) {
  const source = await sourceOfFiles('odd', files);
  const info = await source.info();
  const used: Record<string, number> = {};
  const tally = new LeftOutTally();
  tally.addAll(info.leftOut ?? []);
  const onSkip = (item: SkippedItem) => tally.add(item);
  let unread = 0;
  for await (const { label, encoded } of source.open({
    seed: 1,
    epoch: 0,
    shuffleBuffer: 0,
    onSkip,
  })) {
    const name = nameIn(encoded);
    if (!name.startsWith('picture ')) {
      unread++;
      continue;
    }
    if (name in used) throw new Error(`${name} was read twice`);
    used[name] = label;
  }
  const { survey } = await surveySource(source);
  const counted = survey.leftOut.reduce((sum, { count }) => sum + count, 0);
  const read = Object.keys(used).length;
  // A survey detects by the header what a run detects on decoding.
  if (survey.used !== read || counted !== tally.total + unread) {
    throw new Error(
      `A survey counts ${survey.used} and ${counted}, a run ${read} and ${tally.total}`,
    );
  }
  const leftOut = Object.fromEntries(survey.leftOut.map(({ kind, count }) => [kind, count]));
  return { form: info.form, used, leftOut };
}
