import { describe, expect, it } from 'vitest';
import { lessonDefaults } from '../../training/lesson/lesson-config';
import type { LessonSet } from '../../training/lesson/lesson-events';
import { fateOfLesson, noLesson, type LessonState } from './lesson-slice';

const asked = { ...lessonDefaults, shards: 'demo' };
const trained: LessonState = {
  ...noLesson,
  lessonState: 'stopped',
  lessonSet: {} as LessonSet,
  lessonBegun: asked,
};

describe('the lesson on show', () => {
  it('is none at first', () => expect(fateOfLesson(noLesson, asked)).toBeNull());

  it('is gone on with where it was stopped, or failed, and all is as it was', () => {
    expect(fateOfLesson(trained, { ...asked })).toBe('goes-on');
    expect(fateOfLesson({ ...trained, lessonState: 'failed' }, asked)).toBe('goes-on');
  });

  it('is replaced where it was finished, or another is asked for', () => {
    expect(fateOfLesson({ ...trained, lessonState: 'finished' }, asked)).toBe('is-replaced');
    expect(fateOfLesson(trained, { ...asked, epochs: asked.epochs + 1 })).toBe('is-replaced');
    expect(fateOfLesson(trained, { ...asked, shards: 'others' })).toBe('is-replaced');
  });
});
