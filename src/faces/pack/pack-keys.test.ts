import { expect, it } from 'vitest';
import { keyHash, memberKey, MemberKeys } from './pack-keys';

it.each([
  ['00012-003', '00012-003'],
  ['person 7~b', 'person 7~b'],
  ['m.01/7-FaceId-0', 'm_01_7-FaceId-0'],
  ['..\\x', '___x'],
  ['.hidden', '_hidden'],
  ['a\nb\u202ec\ud800', 'a_b_c_'],
  ['', '_'],
  ['人'.repeat(100), '人'.repeat(72)],
])('the key %j is %j in a tar', (key, member) => {
  expect(memberKey(key)).toBe(member);
});

it('appends the number of the record to a key until it is unique', () => {
  const keys = new MemberKeys();
  const given = ['a', 'a~1', 'a', 'a/b', 'a_b', 'a~2', 'a'].map((key, number) =>
    keys.unique(key, number),
  );
  expect(given).toEqual(['a', 'a~1', 'a~2', 'a_b', 'a_b~4', 'a~2~5', 'a~6']);
});

it('distinguishes many keys, and recognises them by their hashes alone', () => {
  const [keys, again] = [new MemberKeys(), new MemberKeys()];
  let renamed = 0;
  for (let i = 0; i < 200_000; i++) {
    if (keys.unique(String(i), i) !== String(i)) renamed++;
    again.add(keyHash(String(i)));
  }
  expect(renamed).toBe(0);
  expect(again.unique('199999', 7)).toBe('199999~7');
  expect(again.unique('200000', 7)).toBe('200000');
});
