import { describe, expect, it } from 'vitest';
import { lessonDefaults } from '../../training/lesson/lesson-config';
import type { LessonSet } from '../../training/lesson/lesson-events';
import { effectOfStart, initialLessonState, type LessonState } from './lesson-slice';

const requested = { ...lessonDefaults, shards: 'demo' };
const stopped: LessonState = {
  ...initialLessonState,
  lessonState: 'stopped',
  lessonSet: {} as LessonSet,
  lessonRequest: requested,
};

describe('the effect of starting a lesson', () => {
  it('is null before the first lesson', () =>
    expect(effectOfStart(initialLessonState, requested)).toBeNull());

  it('resumes a stopped or failed lesson with the same settings', () => {
    expect(effectOfStart(stopped, { ...requested })).toBe('resumes');
    expect(effectOfStart({ ...stopped, lessonState: 'failed' }, requested)).toBe('resumes');
  });

  it('replaces a finished lesson, or one with other settings', () => {
    expect(effectOfStart({ ...stopped, lessonState: 'finished' }, requested)).toBe('replaces');
    const longer = { ...requested, epochs: requested.epochs + 1 };
    expect(effectOfStart(stopped, longer)).toBe('replaces');
    expect(effectOfStart(stopped, { ...requested, shards: 'others' })).toBe('replaces');
  });
});
