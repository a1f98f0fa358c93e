import type { StudioError } from '../../core/studio-error';
import type { Controllers } from '../controllers/controllers';
import type { StudioContext } from '../studio-context';

/**
 * What a lost device does. The backend reports the fault here; the backbone, the heads and whatever
 * else was on the device are gone.
 * - During a run, the run is stopped with the fault as its reason. `RunController` then resumes it
 *   on a fresh device from its last checkpoint, as `run-recovery.ts` plans.
 * - Otherwise whatever has the backend ends with the fault, and the studio makes a fresh device: it
 *   reads the same backbone and the head that came with the studio, reads the chosen faces again,
 *   and posts a notice.
 * - If that fails too, it posts an error of scope `studio`: the page has to be reloaded.
 */
export class DeviceRecovery {
  constructor(
    readonly context: StudioContext,
    readonly controllers: Controllers,
  ) {}

  onFault(error: StudioError): void {
    const { runs, lesson } = this.controllers;
    if (runs.isOn) {
      runs.stop(error);
      return;
    }
    lesson.stop(error);
    void this.#recover(error);
  }

  /** Makes the studio ready on a fresh device, unless a run that began meanwhile has done so. */
  async #recover(error: StudioError): Promise<void> {
    const { context, controllers } = this;
    try {
      await context.lease.hold({ use: 'recovery', what: 'a fresh device' }, async () => {
        if (!context.runtime.hasFault) return;
        await context.runtime.prepare((progress) => context.post({ type: 'progress', progress }));
        await controllers.backboneChanged();
        context.post({
          type: 'notice',
          text:
            `${error.message} The studio is ready again on a fresh device. To get back a head ` +
            'that was trained here, resume its run.',
        });
      });
    } catch (thrown) {
      const nextStep = 'Reload the page; saved runs are kept.';
      context.postError('studio', thrown, 'device-lost', nextStep);
    }
  }
}
