import { PickledDict } from './pickle-objects';
import { StudioError } from '../../core/studio-error';

/** Values that are visited in search of an object; a checkpoint's settings have fewer. */
const MAX_VISITED_VALUES = 100_000;
/** Keys that people store weights under, the likeliest first. */
const WEIGHT_KEYS = [
  'state_dict',
  'model_state_dict',
  'model',
  'backbone',
  'net',
  'network',
  'ema',
  'weights',
];

/**
 * Stands in for an object of a class that isn't read: keeps the class's name and the pickled state.
 * The class is never loaded.
 */
export class ForeignObject extends PickledDict {
  state: unknown = null;

  /** @param global "module name" */
  constructor(readonly global: string) {
    super();
  }

  override build(state: unknown): void {
    this.state = state;
  }

  /** The class as Python writes it: "backbones.iresnet.IResNet". */
  get className(): string {
    return this.global.replace(' ', '.').slice(0, 200);
  }

  /** Whether it is an nn.Module, which keeps its weights and its submodules under these names. */
  get isModule(): boolean {
    const { state } = this;
    const hasParts = state instanceof Map && state.has('_parameters') && state.has('_modules');
    return hasParts || this.global.startsWith('torch.nn.modules.');
  }
}

/** A stand-in object, and the path of keys that leads to it. */
interface Found {
  readonly path: string;
  readonly object: ForeignObject;
}

/**
 * The error for a PyTorch pickle with objects of other classes: it says what the pickle is, and
 * which line of Python saves a readable file.
 * @param root the pickle's value, with {@link ForeignObject}s in it; null where it could not be
 * read to its end
 * @param isArray whether a value is an array of numbers
 * @param refused the error of the first refused class; its message is used where `root` has no
 * object
 */
export function foreignError(
  root: unknown,
  isArray: (value: unknown) => boolean,
  refused: StudioError,
): StudioError {
  const found = firstForeign(root);
  const weights = found?.object.isModule ? moduleWeights(found.path) : otherWeights(root, isArray);
  const lines = weights.map(saveLine).join(' or ');
  const nextStep = `In the program that made the file, save its weights alone: ${lines}`;
  const message = found ? described(found) : refused.message;
  return new StudioError('bad-source', message, nextStep, { cause: refused });
}

function described({ path, object }: Found): string {
  const kind = object.isModule ? 'a whole model' : 'an object';
  const why = 'only arrays and plain values are read, and the code of a class is never run';
  const subject = path === '' ? 'It' : `Its "${path}"`;
  return `${subject} is ${kind} of the class ${object.className}; ${why}.`;
}

const saveLine = (weights: string): string => `torch.save(${weights}, "weights.pt")`;

/** Python expressions for the weights of a model at a path of the checkpoint. */
function moduleWeights(path: string): string[] {
  if (path === '') return ['model.state_dict()'];
  const keys = path.split('.').map((key) => `[${/^\d+$/.test(key) ? key : JSON.stringify(key)}]`);
  return [`ckpt${keys.join('')}.state_dict()`];
}

/**
 * Python expressions for the weights of a checkpoint that holds other things too; the two usual
 * ones where none are found.
 */
function otherWeights(root: unknown, isArray: (value: unknown) => boolean): string[] {
  const holdsArrays = (value: unknown): boolean =>
    value instanceof Map && !(value instanceof ForeignObject) && [...value.values()].some(isArray);
  const items = root instanceof Map ? [...root] : [];
  const keys = items.filter(([, value]) => holdsArrays(value)).map(([key]) => String(key));
  const key = WEIGHT_KEYS.find((name) => keys.includes(name)) ?? keys[0];
  if (key !== undefined) return [`ckpt[${JSON.stringify(key)}]`];
  if (holdsArrays(root)) return ['{k: v for k, v in ckpt.items() if torch.is_tensor(v)}'];
  return ['ckpt["state_dict"]', 'model.state_dict()'];
}

/**
 * The first foreign object, breadth first; a whole model comes before any other. Shared values are
 * visited once.
 */
function firstForeign(root: unknown): Found | null {
  const seen = new Set<unknown>([root]);
  const waiting: { path: string; value: unknown }[] = [{ path: '', value: root }];
  let other: Found | null = null;
  for (let at = 0; at < waiting.length && at < MAX_VISITED_VALUES; at++) {
    const { path, value } = waiting[at]!;
    if (value instanceof ForeignObject) {
      if (value.isModule) return { path, object: value };
      other ??= { path, object: value };
      continue;
    }
    if (!(value instanceof Map || Array.isArray(value))) continue;
    for (const [key, item] of value.entries() as Iterable<readonly [unknown, unknown]>) {
      if (waiting.length >= MAX_VISITED_VALUES) break;
      if (typeof item !== 'object' || item === null || seen.has(item)) continue;
      seen.add(item);
      const name =
        typeof key === 'string' || typeof key === 'number' ? String(key).slice(0, 100) : '…';
      waiting.push({ path: path === '' ? name : `${path}.${name}`.slice(0, 300), value: item });
    }
  }
  return other;
}
