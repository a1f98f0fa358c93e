import { StudioError } from '../core/studio-error';
import type { Controllers } from './controllers/controllers';
import type { TabLock } from './storage/tab-lock';

/**
 * Decides who may use the backend, and the storage that all tabs share:
 * - one run or one lesson at a time, in all tabs of the browser ({@link asRun},
 *   {@link withTabLock});
 * - a task that changes or measures the backbone, only while neither of them is on
 *   ({@link exclusively});
 * - an evaluation, which ends for all of these (`EvaluationController.preemptFor`).
 *
 * Single faces and camera frames are read at any time.
 */
export class BackendAccess {
  constructor(
    readonly controllers: Pick<Controllers, 'runs' | 'lesson' | 'evaluation'>,
    readonly tabLock: TabLock,
  ) {}

  /**
   * Carries out a run, and ends an evaluation for it.
   * @throws StudioError `bad-config` during a lesson, or while another tab has a run or a lesson
   */
  asRun(work: () => Promise<void>): Promise<void> {
    const { lesson, evaluation } = this.controllers;
    if (lesson.isOn)
      throw new StudioError(
        'bad-config',
        'A lesson is on: a run at the same time would slow both.',
        'Stop the lesson under Models, or wait for its end.',
      );
    return evaluation.preemptFor(() => this.withTabLock(work));
  }

  /**
   * Carries out a task that changes or measures the backbone, once an evaluation has ended for it.
   * @param what names the task at the beginning of a sentence
   * @throws StudioError `bad-config` during a run or a lesson
   */
  async exclusively<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { runs, lesson, evaluation } = this.controllers;
    if (runs.isOn || lesson.isOn)
      throw new StudioError(
        'bad-config',
        `${what} has to wait while a ${runs.isOn ? 'run' : 'lesson'} is on.`,
        'Try again once it has ended.',
      );
    return evaluation.preemptFor(async () => {
      await evaluation.idle;
      return work();
    });
  }

  /**
   * Carries out work that writes to the storage of runs and lessons, which all tabs share.
   * @throws StudioError `bad-config` while another tab has a run or a lesson
   */
  async withTabLock(work: () => Promise<void>): Promise<void> {
    const release = await this.tabLock.acquire();
    if (!release)
      throw new StudioError(
        'bad-config',
        'Another tab of this browser has a run or a lesson, and a browser can have only one.',
        'Watch it here, or stop it there first.',
      );
    try {
      await work();
    } finally {
      release();
    }
  }
}
