import { count, counted } from '../../../core/number-words';
import { StudioError } from '../../../core/studio-error';
import { folderOf, naturalOrder } from './file-paths';

/** Sibling folders that may be people. */
interface Level {
  /** The parent folder, with a slash; empty at the top. */
  readonly root: string;
  /** Number of folders that contain pictures. */
  readonly people: number;
  /** Number of pictures in these folders and below. */
  readonly pictures: number;
}

/** With this share of the chosen level's pictures another level is a rival, not a stray one. */
const MIN_RIVAL_SHARE = 0.1;

/** A folder of folders with more than this times the largest person's pictures is its own set. */
const MAX_PERSON_RATIO = 2;

/**
 * Finds the folder that contains the people's folders, with a slash; empty at the top. Each folder
 * in it is a person with all pictures below, as in torchvision's ImageFolder. The level with the
 * most pictures and people is chosen; a single folder doesn't count as a level (`docs/fig1.jpg`
 * next to `faces/<20 people>`). If every folder is the only one in its parent, the parents are the
 * people (`<person>/face/…`).
 * @param name of the whole folder, for messages
 * @param pictures number of pictures directly in each folder, by path with a slash, without the top
 * @throws StudioError `bad-source` if another level has people too, or most pictures lie elsewhere,
 * so that the user has to choose
 */
export function peopleRoot(name: string, pictures: ReadonlyMap<string, number>): string {
  const below = picturesBelow(pictures);
  const levels = levelsOf(pictures, below);
  const withSeveral = levels.filter(({ people }) => people > 1);
  const [best] = (withSeveral.length > 0 ? withSeveral : levels).sort(
    (a, b) => b.pictures * b.people - a.pictures * a.people || naturalOrder(a.root, b.root),
  );
  if (!best) return '';
  const largest = [...pictures.keys()]
    .filter((folder) => folderOf(folder) === best.root)
    .reduce((max, folder) => Math.max(max, below.get(folder)!), 0);
  const isRival = (level: Level) => {
    if (level === best || level.people < 2) return false;
    const isBelow = level.root.startsWith(best.root);
    const person = level.root.slice(0, level.root.indexOf('/', best.root.length) + 1);
    // A folder that contains pictures is a person; so is one with about as many below as a person.
    if (isBelow && (pictures.has(person) || below.get(person)! <= MAX_PERSON_RATIO * largest))
      return false;
    const shared = best.root.startsWith(level.root) ? best.pictures : 0;
    return level.pictures - shared >= MIN_RIVAL_SHARE * best.pictures;
  };
  const isMinor = 2 * best.pictures <= (below.get('') ?? 0);
  if (isMinor || levels.some(isRival)) throw ambiguous(name, levels);
  return best.root;
}

/** Pictures in each folder and below it, without those directly at the top. */
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
  let people = new Set(pictures.keys());
  for (;;) {
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
  return new StudioError(
    'bad-source',
    `${name} has folders of pictures in several places, and which of them are people is ` +
      `unclear: ${shown.join(', ')}${more}.`,
    'Pick the folder whose folders are people; or add a list (ms1m_list.txt): path, label a line.',
  );
}
