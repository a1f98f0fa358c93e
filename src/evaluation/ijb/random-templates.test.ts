import { expect, it } from 'vitest';
import { sampleTemplates } from './random-templates';

const labels = [...Array(10).fill('ann'), ...Array(7).fill('bea'), ...Array(3).fill('cy'), 'dan'];

it('makes disjoint templates of people with pictures enough for two, and pairs of them', () => {
  const { templates, genuine, impostor } = sampleTemplates(labels, { size: 3, most: 100, seed: 1 });
  expect(templates.map(({ label, pictures }) => [label, pictures.length])).toEqual([
    ...Array(3).fill(['ann', 3]),
    ...Array(2).fill(['bea', 3]),
  ]);
  const taken = templates.flatMap(({ pictures }) => pictures);
  expect(new Set(taken).size).toBe(taken.length);
  for (const { label, pictures } of templates)
    for (const picture of pictures) expect(labels[picture]).toBe(label);
  const isSame = ([a, b]: readonly [number, number]) => templates[a]!.label === templates[b]!.label;
  expect(genuine).toHaveLength(3 + 1);
  expect(genuine.every(isSame)).toBe(true);
  // Only six pairs of two people exist, fewer than twenty for each genuine one.
  expect(impostor).toHaveLength(6);
  expect(impostor.some(isSame)).toBe(false);
  expect(sampleTemplates(labels, { size: 3, most: 100, seed: 1 })).toEqual({
    templates,
    genuine,
    impostor,
  });
  expect(sampleTemplates(labels, { size: 3, most: 100, seed: 2 }).templates).not.toEqual(templates);
});

it('makes no more than four of one person', () => {
  const { templates, genuine } = sampleTemplates(
    [...Array(40).fill('statesman'), ...Array(4).fill('clerk')],
    { size: 2, most: 100, seed: 1 },
  );
  expect(templates.map(({ label }) => label)).toEqual([
    ...Array(4).fill('statesman'),
    ...Array(2).fill('clerk'),
  ]);
  expect(genuine).toHaveLength(6 + 1);
});

it('pairs a template with single pictures if nobody has enough for two', () => {
  const { templates, genuine } = sampleTemplates(['a', 'a', 'a', 'b', 'b', 'b', 'c'], {
    size: 2,
    most: 10,
    seed: 1,
  });
  expect(templates.map(({ label, pictures }) => `${label}${pictures.length}`)).toEqual([
    'a2',
    'a1',
    'b2',
    'b1',
  ]);
  expect(genuine).toHaveLength(2);
  expect(sampleTemplates(['a', 'b'], { size: 2, most: 10, seed: 1 })).toMatchObject({
    templates: [],
    genuine: [],
  });
});
