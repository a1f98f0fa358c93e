import { expect, it } from 'vitest';
import { describeLostPicture } from './locate-pictures';

it('describeLostPicture names a lost picture once', () => {
  const reason = "picture 3 of lfw.bin can't be decoded: it is empty.";
  expect(describeLostPicture({ picture: '3', what: 'unreadable', reason })).toBe(reason);
  const unseen = { what: 'undetected', reason: 'No face was found in it.' } as const;
  expect(describeLostPicture({ ...unseen, picture: 'a/1.jpg' })).toBe(
    'a/1.jpg: No face was found in it.',
  );
  expect(describeLostPicture({ ...unseen, picture: '25' })).toBe(
    'picture 25: No face was found in it.',
  );
});
