import { count, counted } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import { folderOf, naturalOrder } from './file-paths';

/** Folders side by side that may be people. */
interface Level {
  /** The folder that they lie in, with its slash; empty at the top. */
  readonly root: string;
  /** Folders that have pictures in themselves. */
  readonly people: number;
  /** In them and below. */
  readonly pictures: number;
}

/** Share of the chosen level's pictures from which another level is no stray one. */
const RIVAL = 0.1;

/** Times the largest person's pictures from which a folder of folders is a set of its own. */
const MUCH = 2;

/**
 * The folder that holds the people's folders, with its slash; empty at the top. As in torchvision's
 * ImageFolder each folder in it is a person then, with all pictures below. It is the level with the
 * most pictures of the most people, one folder among others not counting as a level
 * (`faces/<20 people>` beside `docs/fig1.jpg`); where every folder lies alone in another, those are
 * the people (`<person>/face/…`).
 * @param name of the whole folder, for messages
 * @param pictures how many each folder has in itself, by its path with its slash; not the top's
 * @throws StudioError `bad-source` where another level has people too, or most pictures lie
 * elsewhere: then a person has to say which
 */
export function peopleRoot(name: string, pictures: ReadonlyMap<string, number>): string {
  const below = picturesBelow(pictures);
  const levels = levelsOf(pictures, below);
  const several = levels.filter(({ people }) => people > 1);
  const [best] = (several.length > 0 ? several : levels).sort(
    (a, b) => b.pictures * b.people - a.pictures * a.people || naturalOrder(a.root, b.root),
  );
  if (!best) return '';
  const largest = [...pictures.keys()]
    .filter((folder) => folderOf(folder) === best.root)
    .reduce((most, folder) => Math.max(most, below.get(folder)!), 0);
  const isRival = (level: Level) => {
    if (level === best || level.people < 2) return false;
    const isBelow = level.root.startsWith(best.root);
    const person = level.root.slice(0, level.root.indexOf('/', best.root.length) + 1);
    // A folder with pictures of its own is a person; so is one with as many below as people have.
    if (isBelow && (pictures.has(person) || below.get(person)! <= MUCH * largest)) return false;
    const shared = best.root.startsWith(level.root) ? best.pictures : 0;
    return level.pictures - shared >= RIVAL * best.pictures;
  };
  const isMinor = 2 * best.pictures <= (below.get('') ?? 0);
  if (isMinor || levels.some(isRival)) throw ambiguous(name, levels);
  return best.root;
}

/** Pictures in a folder and below it, for each folder on the way to one; the top's own left out. */
function picturesBelow(pictures: ReadonlyMap<string, number>): Map<string, number> {
  const below = new Map<string, number>();
  for (const [path, count] of pictures) {
    for (let folder = path; ; folder = folderOf(folder)) {
      below.set(folder, (below.get(folder) ?? 0) + count);
      if (folder === '') break;
    }
  }
  return below;
}

function levelsOf(
  pictures: ReadonlyMap<string, number>,
  below: ReadonlyMap<string, number>,
): Level[] {
  for (let people = new Set(pictures.keys()); ;) {
    const counts = new Map<string, number>();
    for (const person of people) {
      const root = folderOf(person);
      counts.set(root, (counts.get(root) ?? 0) + 1);
    }
    const isAlone = counts.size > 1 && [...counts.values()].every((count) => count === 1);
    if (!isAlone) {
      return [...counts].map(([root, count]) => {
        return { root, people: count, pictures: below.get(root)! - (pictures.get(root) ?? 0) };
      });
    }
    people = new Set([...people].map((person) => folderOf(person) || person));
  }
}

function ambiguous(name: string, levels: readonly Level[]): StudioError {
  const inOrder = [...levels].sort(
    (a, b) => b.pictures - a.pictures || naturalOrder(a.root, b.root),
  );
  const shown = inOrder
    .slice(0, 3)
    .map(
      ({ root, people, pictures }) =>
        `${root || 'the top'} (${counted(people, 'folder')}, ${counted(pictures, 'picture')})`,
    );
  const more = levels.length > 3 ? ` and ${count(levels.length - 3)} more` : '';
  const found = `${name} has folders of pictures in several places, and which are people can't be told`;
  return new StudioError(
    'bad-source',
    `${found}: ${shown.join(', ')}${more}.`,
    'Pick the folder whose folders are people; or add a list (ms1m_list.txt): path, label a line.',
  );
}
