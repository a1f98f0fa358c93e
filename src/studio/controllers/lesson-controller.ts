import type { Task } from '../task';
import type { FileStore } from '../../formats/bytes/file-store';
import type { FaceSource } from '../../faces/face-source';
import type { CropDecoder } from '../../faces/decode/crop-decoder';
import { StudioError } from '../../core/studio-error';
import type { Backbone } from '../../models/backbones/backbone';
import { readLessonHeader } from '../../training/lesson/lesson-checkpoint';
import type { LessonConfig } from '../../training/lesson/lesson-config';
import type { LessonEvent } from '../../training/lesson/lesson-events';
import { LESSON_FILE, LessonSession } from '../../training/lesson/lesson-session';

/** What a lesson works with. */
export interface LessonTools {
  readonly source: FaceSource;
  /** The controller disposes it when the lesson has ended. */
  readonly decoder: CropDecoder;
  /** The backbone to compare with: evaluated on the same pairs. */
  readonly baseline: Backbone;
  /** Tells how far it is with what comes before its steps and after. */
  readonly report: Task['report'];
}

/**
 * Carries out the lesson: step 1 of the recipe, training a small backbone from scratch. One lesson
 * at a time; its network stays available until the next lesson begins.
 */
export class LessonController {
  #session: LessonSession | null = null;

  constructor(
    readonly post: (event: Exclude<LessonEvent, { type: 'progress' }>) => void,
    readonly store: FileStore,
  ) {}

  /**
   * Runs a lesson until it ends or is stopped. Resumes a lesson with the same settings that was
   * stopped before.
   * @throws StudioError whatever the lesson throws
   */
  async start(
    config: LessonConfig,
    { source, decoder, baseline, report }: LessonTools,
  ): Promise<void> {
    this.#session?.dispose();
    const session = new LessonSession({
      config,
      source,
      decoder,
      store: this.store,
      baseline,
      post: (event) => (event.type === 'progress' ? report(event.progress) : this.post(event)),
    });
    this.#session = session;
    try {
      const saved = await this.store.read(LESSON_FILE);
      if (saved) this.#resume(session, saved);
      await session.run();
    } finally {
      decoder.dispose();
    }
  }

  /**
   * Stops the lesson, which then saves itself.
   * @param reason the fault that ends it, if it wasn't a person; its tensors are lost then, and
   * nothing is saved
   */
  stop(reason?: StudioError): void {
    this.#session?.control.stop(reason);
  }

  /** The network in its current state, as a file. @throws StudioError `bad-checkpoint` if none */
  async file(): Promise<File> {
    if (!this.#session?.set)
      throw new StudioError(
        'bad-checkpoint',
        'There is no small backbone yet.',
        'Begin a lesson first.',
      );
    const bytes = (await this.#session.exportBackbone()) as Uint8Array<ArrayBuffer>;
    return new File([bytes], 'small-backbone.safetensors');
  }

  /**
   * Resumes the saved lesson if it fits. One that is finished, or has other settings or pictures,
   * is silently replaced by the new one; for a damaged one an error is posted.
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
