import type { FaceSource } from '../../faces/face-source';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import { StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import { readLessonHeader } from '../../training/lesson/lesson-checkpoint';
import type { LessonConfig } from '../../training/lesson/lesson-config';
import type { LessonEvent } from '../../training/lesson/lesson-events';
import { LESSON_FILE, LessonSession } from '../../training/lesson/lesson-session';
import type { RunStore } from '../../training/checkpoint/run-store';

/** What a lesson is given. */
export interface LessonTools {
  readonly source: FaceSource;
  /** Closed by the controller when the lesson has ended. */
  readonly decoder: CropDecoder;
  /** Judged on the same pairs. */
  readonly reference: Backbone;
}

/**
 * Step 1 of the recipe as a lesson, one at a time. What it has learnt stays at hand until another
 * begins.
 */
export class LessonController {
  #session: LessonSession | null = null;
  #isOn = false;

  constructor(
    readonly post: (event: LessonEvent) => void,
    readonly store: RunStore,
  ) {}

  get isOn(): boolean {
    return this.#isOn;
  }

  /**
   * Runs a lesson to its end or its stop; one that was stopped before with the same settings is
   * gone on with.
   * @throws StudioError whatever the lesson throws
   */
  async start(config: LessonConfig, { source, decoder, reference }: LessonTools): Promise<void> {
    this.#session?.dispose();
    const session = (this.#session = new LessonSession({
      config,
      source,
      decoder,
      store: this.store,
      reference,
      post: this.post,
    }));
    this.#isOn = true;
    try {
      const saved = await this.store.read(LESSON_FILE);
      if (saved) this.#resume(session, saved);
      await session.run();
    } finally {
      this.#isOn = false;
      decoder.dispose();
    }
  }

  /**
   * Ends the lesson at work; it is saved first. @param reason what ended it, where that is a fault:
   * its tensors are gone then
   */
  stop(reason?: StudioError): void {
    this.#session?.control.stop(reason);
  }

  /** The network as it is. @throws StudioError `bad-checkpoint` where there is none */
  async file(): Promise<File> {
    if (!this.#session?.set)
      throw new StudioError(
        'bad-checkpoint',
        'There is no small backbone yet.',
        'Begin a lesson first.',
      );
    return new File(
      [(await this.#session.exportBackbone()) as Uint8Array<ArrayBuffer>],
      'small-backbone.safetensors',
    );
  }

  /**
   * A lesson that was finished, or begun otherwise, or on other pictures, isn't gone on with: the
   * new one takes its place. Of a damaged one that is said.
   */
  #resume(session: LessonSession, saved: Uint8Array): void {
    try {
      readLessonHeader(saved);
    } catch (thrown) {
      const error = StudioError.record(thrown, 'bad-checkpoint', 'A new lesson begins.');
      this.post({ type: 'error', scope: 'run', error });
      return;
    }
    try {
      session.restore(saved, 'left');
    } catch (thrown) {
      if (!(thrown instanceof StudioError) || thrown.code !== 'bad-checkpoint') throw thrown;
    }
  }
}
