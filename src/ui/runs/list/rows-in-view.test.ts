import { expect, it } from 'vitest';
import { rowsInView } from './rows-in-view';

it('draws a few rows of many, wherever the list is scrolled', () => {
  expect(rowsInView(0, 400, 50, 200)).toEqual({ from: 0, to: 12 });
  expect(rowsInView(5000, 400, 50, 200)).toEqual({ from: 96, to: 112 });
  expect(rowsInView(9600, 400, 50, 200)).toEqual({ from: 188, to: 200 });
});

it('draws all of few, and keeps to those that are left after a deletion', () => {
  expect(rowsInView(0, 100, 50, 2)).toEqual({ from: 0, to: 2 });
  expect(rowsInView(0, 0, 50, 0)).toEqual({ from: 0, to: 0 });
  expect(rowsInView(9600, 400, 50, 20)).toEqual({ from: 19, to: 20 });
});
