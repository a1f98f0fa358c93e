import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackOptions } from '../../../faces/pack/pack-plan';
import type { PackCheckpoint, PackResult } from '../../../faces/pack/pack-run';
import type { FaceSource, SourceInfo } from '../../../faces/face-source';
import { StudioError } from '../../../core/studio-error';
import { ignoreMissing } from '../../node/disk-error';

const JOURNAL = 'pack.json';
const LABELS = 'pack-labels.json';
const FORMAT = 'scf-pack-1';

/** The arguments that decide a pack's bytes. A pack is resumed only with the same ones. */
export type PackArguments = PackOptions & {
  /** The source's base name, or its address. */
  readonly source: string;
  /** Distinguishes sources of the same name without storing their path. */
  readonly sourceId: string;
} & Pick<SourceInfo, 'images' | 'bytes'>;

/** The stage that a pack has reached. */
export type PackStage =
  | { readonly stage: 'writing'; readonly checkpoint: PackCheckpoint | null }
  | { readonly stage: 'written'; readonly result: PackResult }
  | CompletePack;

/** A pack that was written and verified. */
export interface CompletePack {
  readonly stage: 'complete';
  readonly result: PackResult;
  /** Size of each of its files in bytes, by path. */
  readonly files: Readonly<Record<string, number>>;
  /** The source's fingerprint when it was packed; absent in packs of older versions. */
  readonly contents?: string;
}

/**
 * The `pack.json` of a pack: its arguments and the stage that it has reached. Only one process at a
 * time may write to a folder.
 */
export class PackJournal {
  private constructor(
    readonly root: string,
    readonly asked: PackArguments,
  ) {}

  /**
   * Opens the journal of a folder, or begins one if the folder is empty or doesn't exist.
   * @returns a null stage for a pack that has not begun
   * @throws StudioError `bad-config` if the folder holds something else, or a pack of other
   * arguments
   */
  static async open(
    root: string,
    asked: PackArguments,
  ): Promise<{ journal: PackJournal; stage: PackStage | null }> {
    const journal = new PackJournal(root, asked);
    const text = await readFile(join(root, JOURNAL), 'utf8').catch(
      ignoreMissing(join(root, JOURNAL)),
    );
    if (text === undefined) {
      const others = ((await readdir(root).catch(ignoreMissing(root))) ?? []).filter(
        (name) => name !== `${JOURNAL}.part`,
      );
      if (others.length > 0)
        throw new StudioError(
          'bad-config',
          `${root} holds ${others[0]} already, and no pack.`,
          'Name a new folder, or an empty one.',
        );
      await mkdir(root, { recursive: true });
      return { journal, stage: null };
    }
    const found = parsed(text);
    if (!found)
      throw new StudioError(
        'bad-config',
        `${join(root, JOURNAL)} is not the journal of a pack.`,
        'Name a new folder, or an empty one.',
      );
    const named = { ...asked, ...found.arguments };
    const other = (Object.keys(named) as (keyof PackArguments)[]).filter(
      (name) => found.arguments[name] !== asked[name],
    );
    if (other.length > 0) {
      const differences = other
        .map((name) => `${name} ${String(found.arguments[name])}, now ${String(asked[name])}`)
        .join('; ');
      throw new StudioError(
        'bad-config',
        `${root} holds a pack of other arguments (${differences}).`,
        'Start it with the same ones, or name another folder.',
      );
    }
    return { journal, stage: found.progress };
  }

  /** Saves a stage; the file is replaced whole or not at all. */
  async save(progress: PackStage): Promise<void> {
    await writeWhole(
      this.root,
      JOURNAL,
      `${JSON.stringify({ format: FORMAT, arguments: this.asked, progress })}\n`,
    );
  }

  /** Saves the labels to pack, in a file of their own: they may be many, and never change. */
  async saveLabels(labels: readonly number[]): Promise<void> {
    await writeWhole(this.root, LABELS, JSON.stringify(labels));
  }

  /** The saved labels; null if there are none. */
  async labels(): Promise<readonly number[] | null> {
    const text = await readFile(join(this.root, LABELS), 'utf8').catch(
      ignoreMissing(join(this.root, LABELS)),
    );
    return text === undefined ? null : (JSON.parse(text) as number[]);
  }

  /** Removes the saved labels. */
  async discardLabels(): Promise<void> {
    await rm(join(this.root, LABELS), { force: true });
  }

  /**
   * Checks that a complete pack still matches its source. (An unfinished pack is compared with its
   * source record by record when it is resumed.)
   * @throws StudioError `bad-config` if the source changed, or naming the first file that is gone
   * or has another size
   */
  async check({ files, contents }: CompletePack, source: FaceSource): Promise<void> {
    if (contents !== undefined && contents !== (await source.fingerprint())) {
      const found = `${this.asked.source} holds other pictures than were packed into ${this.root}.`;
      const nextStep = 'Name another folder, or remove what was packed and pack again.';
      throw new StudioError('bad-config', found, nextStep);
    }
    for (const [path, bytes] of Object.entries(files)) {
      const at = join(this.root, path);
      const size = (await stat(at).catch(ignoreMissing(at)))?.size;
      if (size === bytes) continue;
      const found =
        size === undefined ? 'is gone' : `has ${size} bytes where ${bytes} were written`;
      throw new StudioError(
        'bad-config',
        `${at} ${found} since the pack was complete.`,
        'Remove what was packed, and pack again.',
      );
    }
  }
}

/** Writes a small file whole or not at all, and through to the disk. */
export async function writeWhole(root: string, path: string, text: string): Promise<void> {
  const part = join(root, `${path}.part`);
  const handle = await open(part, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (thrown) {
    await rm(part, { force: true });
    throw thrown;
  } finally {
    await handle.close();
  }
  await rename(part, join(root, path));
}

/**
 * Parses a journal; null for any other text. Its contents are trusted once the format matches: this
 * program wrote them.
 */
function parsed(text: string): { arguments: PackArguments; progress: PackStage } | null {
  try {
    const found = JSON.parse(text) as {
      format?: unknown;
      arguments?: unknown;
      progress?: { stage?: unknown };
    } | null;
    const isOurs =
      found?.format === FORMAT &&
      typeof found.arguments === 'object' &&
      found.arguments !== null &&
      ['writing', 'written', 'complete'].includes(String(found.progress?.stage));
    return isOurs ? (found as { arguments: PackArguments; progress: PackStage }) : null;
  } catch {
    return null;
  }
}
