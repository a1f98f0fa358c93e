import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackOptions } from '../../../faces/pack/pack-plan';
import type { PackCheckpoint, PackResult } from '../../../faces/pack/pack-run';
import type { FaceSource, SourceInfo } from '../../../faces/face-source';
import { StudioError } from '../../../core/studio-error';
import { missingOr } from '../../node/disk-error';

const [JOURNAL, LABELS, FORMAT] = ['pack.json', 'pack-labels.json', 'scf-pack-1'];

/** What decides the bytes of a pack: another one of these, and it is another pack. */
export type PackArguments = PackOptions & {
  /** Base name or address. */
  readonly source: string;
  /** Tells sources of one name apart without telling where they lie. */
  readonly sourceId: string;
} & Pick<SourceInfo, 'images' | 'bytes'>;

/** How far a pack has come. */
export type PackStage =
  | { readonly stage: 'writing'; readonly checkpoint: PackCheckpoint | null }
  | { readonly stage: 'written'; readonly result: PackResult }
  | CompletePack;

/** Verified too. */
export interface CompletePack {
  readonly stage: 'complete';
  readonly result: PackResult;
  /** Bytes of all of its files by path. */
  readonly files: Readonly<Record<string, number>>;
  /** The fingerprint of what was packed; absent in packs of before, which didn't note it. */
  readonly contents?: string;
}

/**
 * The `pack.json` of a pack: its arguments and how far it has come. One process at a time may write
 * to a folder.
 */
export class PackJournal {
  private constructor(
    readonly root: string,
    readonly asked: PackArguments,
  ) {}

  /**
   * Opens the journal of a folder, or begins one where the folder is empty or isn't there.
   * @returns null as the stage of a pack that has not begun
   * @throws StudioError `bad-config` where the folder holds something else, or a pack of other
   * arguments
   */
  static async open(
    root: string,
    asked: PackArguments,
  ): Promise<{ journal: PackJournal; stage: PackStage | null }> {
    const journal = new PackJournal(root, asked);
    const text = await readFile(join(root, JOURNAL), 'utf8').catch(missingOr(join(root, JOURNAL)));
    if (text === undefined) {
      const others = ((await readdir(root).catch(missingOr(root))) ?? []).filter(
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
      const told = other
        .map((name) => `${name} ${String(found.arguments[name])}, now ${String(asked[name])}`)
        .join('; ');
      throw new StudioError(
        'bad-config',
        `${root} holds a pack of other arguments (${told}).`,
        'Start it with the same ones, or name another folder.',
      );
    }
    return { journal, stage: found.progress };
  }

  /** Keeps a stage, whole or not at all. */
  async keep(progress: PackStage): Promise<void> {
    await writeWhole(
      this.root,
      JOURNAL,
      `${JSON.stringify({ format: FORMAT, arguments: this.asked, progress })}\n`,
    );
  }

  /**
   * Keeps the labels that a pack takes, apart from the stages: they may be many, and change no
   * more.
   */
  async keepLabels(labels: readonly number[]): Promise<void> {
    await writeWhole(this.root, LABELS, JSON.stringify(labels));
  }

  /** The labels that were kept; null where there are none. */
  async labels(): Promise<readonly number[] | null> {
    const text = await readFile(join(this.root, LABELS), 'utf8').catch(
      missingOr(join(this.root, LABELS)),
    );
    return text === undefined ? null : (JSON.parse(text) as number[]);
  }

  /** Lets go of the labels. */
  async discardLabels(): Promise<void> {
    await rm(join(this.root, LABELS), { force: true });
  }

  /**
   * Whether a complete pack is still that of its source. (One that isn't complete is held against
   * its source record by record when it is gone on with.)
   * @throws StudioError `bad-config` where the source changed, or naming the first file that is
   * gone or has another size
   */
  async check({ files, contents }: CompletePack, source: FaceSource): Promise<void> {
    if (contents !== undefined && contents !== (await source.fingerprint())) {
      const found = `${this.asked.source} holds other pictures than were packed into ${this.root}.`;
      const nextStep = 'Name another folder, or remove what was packed and pack again.';
      throw new StudioError('bad-config', found, nextStep);
    }
    for (const [path, bytes] of Object.entries(files)) {
      const size = (await stat(join(this.root, path)).catch(missingOr(join(this.root, path))))
        ?.size;
      if (size === bytes) continue;
      const found =
        size === undefined ? 'is gone' : `has ${size} bytes where ${bytes} were written`;
      throw new StudioError(
        'bad-config',
        `${join(this.root, path)} ${found} since the pack was complete.`,
        'Remove what was packed, and pack again.',
      );
    }
  }
}

/** Writes a small file, whole or not at all, so that it lasts through a crash. */
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
 * A journal's text; null for anything else. What it says is the product's own, but the file may be
 * another's.
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
