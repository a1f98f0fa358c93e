import type { RunLibrary } from '../run-library';
import type { KeptRunState } from '../run-manifest';

/**
 * The hold that a program has on a run from when it prepares it until it ends it. The manifest says
 * so to other programs: a first pass over the pictures may take hours before the first step.
 */
export class RunHold {
  private constructor(
    readonly library: RunLibrary,
    readonly id: string,
    /** The state that its manifest had. */
    readonly before: KeptRunState,
    /** Notes that this program trains it no more. */
    readonly release: () => void,
  ) {}

  /** @throws StudioError `bad-checkpoint` if there is no such run; from the store */
  static async take(library: RunLibrary, id: string): Promise<RunHold> {
    const release = library.hold(id);
    try {
      let before: KeptRunState = 'running';
      await library.update(id, (manifest) => {
        before = manifest.state;
        if (before === 'running') return manifest;
        return { ...manifest, state: 'running', files: undefined };
      });
      return new RunHold(library, id, before, release);
    } catch (thrown) {
      release();
      throw thrown;
    }
  }

  /** Gives the run its state back: it was refused before its first step. @throws from the store */
  async putBack(): Promise<void> {
    // Its program died with it, if it was left running.
    const state = this.before === 'running' ? 'interrupted' : this.before;
    await this.library.update(this.id, (manifest) => ({ ...manifest, state }));
  }
}
