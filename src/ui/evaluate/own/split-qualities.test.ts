import { expect, it } from 'vitest';
import { splitQualities } from './split-qualities';

const picked = (path: string, text: string) => ({ path, file: new File([text], path) });

it('tells qualities from lists of pairs and from pictures', async () => {
  const list = picked('pairs.txt', '1100\nAnn\t1\t2\n');
  const picture = picked('Ann/Ann_0001.jpg', 'not text');
  const notes = picked('Ann/notes.txt', 'Ann/Ann_0001.jpg 3\n');
  const scores = picked('CR-FIQA.txt', '/data/lfw/Ann/Ann_0001.jpg 2.25\n');
  const { qualities, others } = await splitQualities([list, scores, picture, notes]);
  expect(others).toEqual([list, picture, notes]);
  expect(qualities).toEqual([{ name: 'CR-FIQA', file: scores.file, lowerIsBetter: false }]);
});
