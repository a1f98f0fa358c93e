import { expect, it } from 'vitest';
import { StudioError } from '../../core/studio-error';
import { presets } from '../../training/config/run-config';
import type { SessionEvent } from '../../training/session/run-events';
import type { TrainingSession } from '../../training/session/training-session';
import { RunRecovery, type Attempt } from './run-recovery';

const lost = new StudioError('device-lost', 'The GPU was lost.', '');
/** A session that was restored, and hasn't saved yet. */
const unsaved = { lastCheckpoint: async () => null } as unknown as TrainingSession;
const attempt: Attempt = {
  config: presets.demo,
  backboneBatch: 32,
  restore: null,
  isNew: true,
};

async function noticeOf(from: Attempt): Promise<{ text: string; next: Attempt | null }> {
  const events: SessionEvent[] = [];
  const next = await new RunRecovery((event) => events.push(event)).planRecovery(
    from,
    lost,
    unsaved,
  );
  const [notice] = events;
  return { text: notice?.type === 'notice' ? notice.text : '', next };
}

it('says where a run goes on that fails again before it has saved', async () => {
  const restore = async () => undefined;
  const again = await noticeOf({ ...attempt, restore, restoredStep: 40 });
  expect(again.text).toContain('from its checkpoint at step 40');
  expect(again.next).toMatchObject({ restore, restoredStep: 40, onFreshDevice: true });
  const resumed = await noticeOf({ ...attempt, restore });
  expect(resumed.text).toContain('from where it was resumed');
  expect(resumed.next?.restore).toBe(restore);
  expect((await noticeOf(attempt)).text).toContain('from its beginning');
});
