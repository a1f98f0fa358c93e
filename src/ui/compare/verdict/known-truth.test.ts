import { expect, it } from 'vitest';
import { isRight, mixesPeople, pairTruth } from './known-truth';

const face = (label: number | null, source = 'demo') => ({
  person: label === null ? null : { source, label },
});

it('knows the people of one source, and nobody else', () => {
  expect(pairTruth([face(1)], [face(1)], false)).toBe('same-person');
  expect(pairTruth([face(1)], [face(2)], false)).toBe('different-people');
  expect(pairTruth([face(1)], [face(null)], false)).toBeNull();
  expect(pairTruth([face(null)], [face(null)], false)).toBeNull();
  // Numbers of two sources say nothing about each other.
  expect(pairTruth([face(1)], [face(1, 'mine')], false)).toBeNull();
  expect(pairTruth([], [face(1)], false)).toBeNull();
});

it('knows one picture on both sides, whoever it shows', () => {
  expect(pairTruth([face(1)], [face(1)], true)).toBe('one-picture');
  expect(pairTruth([face(null)], [face(null)], true)).toBe('one-picture');
});

it('says nothing of a side that mixes people', () => {
  expect(pairTruth([face(1), face(2)], [face(1)], false)).toBeNull();
  expect(pairTruth([face(1), face(null)], [face(1)], false)).toBeNull();
  expect(pairTruth([face(1), face(1)], [face(1)], false)).toBe('same-person');
});

it('notices a side of several people, whatever else is on it', () => {
  expect(mixesPeople([face(1), face(null), face(2)])).toBe(true);
  expect(mixesPeople([face(1), face(1), face(null)])).toBe(false);
  expect(mixesPeople([])).toBe(false);
});

it('holds a verdict against it', () => {
  expect(isRight(true, 'same-person')).toBe(true);
  expect(isRight(false, 'one-picture')).toBe(false);
  expect(isRight(false, 'different-people')).toBe(true);
});
