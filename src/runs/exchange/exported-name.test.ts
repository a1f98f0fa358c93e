import { expect, it } from 'vitest';
import { exportedName } from './exported-name';

const nameOf = (name: string) => exportedName({ name, id: 'the-id' }, '.scfrun');

it('makes of a run’s name one that every system takes as a file’s', () => {
  expect(nameOf('calm-river')).toBe('calm-river.scfrun');
  expect(nameOf('lr ×2 / batch_64')).toBe('lr-2-batch_64.scfrun');
  expect(nameOf('../../etc/passwd')).toBe('etc-passwd.scfrun');
  expect(nameOf('größer 試行')).toBe('größer-試行.scfrun');
  expect(nameOf('…')).toBe('the-id.scfrun');
  expect(new TextEncoder().encode(nameOf('試'.repeat(100))).length).toBeLessThanOrEqual(255);
});
