import { PickledDict } from './pickle';
import { StudioError } from '../../core/studio-error';

/** Places that are looked at in search of an object; a checkpoint's settings have fewer. */
const MAX_LOOKED_AT = 100_000;
/** Under which of its keys people keep weights, the likeliest first. */
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
 * An object of a class that isn't read: its class's name and what was set on it. Nothing of it is
 * made.
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

  /** As Python writes it: "backbones.iresnet.IResNet". */
  get className(): string {
    return this.global.replace(' ', '.').slice(0, 200);
  }

  /** Whether it is an nn.Module, which keeps its weights and its parts under these names. */
  get isModule(): boolean {
    const { state } = this;
    const hasParts = state instanceof Map && state.has('_parameters') && state.has('_modules');
    return hasParts || this.global.startsWith('torch.nn.modules.');
  }
}

interface Found {
  readonly path: string;
  readonly object: ForeignObject;
}

/**
 * What a PyTorch pickle with other classes in it is, as a sentence, and the line that makes a file
 * of it that can be read.
 * @param root what the pickle holds, {@link ForeignObject}s in it; null where it could not be read
 * to its end
 * @param isArray tells an array of numbers
 * @param refused what was said of the class that was met first, where no object of it is found
 */
export function foreignError(
  root: unknown,
  isArray: (value: unknown) => boolean,
  refused: StudioError,
): StudioError {
  const found = firstForeign(root);
  const weights = found?.object.isModule ? moduleWeights(found.path) : weightsBeside(root, isArray);
  const lines = weights.map(saving).join(' or ');
  const nextStep = `In the program that made the file, save its weights alone: ${lines}`;
  const message = found ? described(found) : refused.message;
  return new StudioError('bad-source', message, nextStep, { cause: refused });
}

function described({ path, object }: Found): string {
  const what = `${object.isModule ? 'a whole model' : 'an object'} of the class ${object.className}`;
  const why = 'only arrays and plain values are read, and the code of a class is never run';
  return `${path === '' ? 'It' : `Its "${path}"`} is ${what}; ${why}.`;
}

const saving = (weights: string): string => `torch.save(${weights}, "weights.pt")`;

/** A model's weights in Python's words. */
function moduleWeights(path: string): string[] {
  if (path === '') return ['model.state_dict()'];
  const keys = path.split('.').map((key) => `[${/^\d+$/.test(key) ? key : JSON.stringify(key)}]`);
  return [`ckpt${keys.join('')}.state_dict()`];
}

/**
 * The weights of a checkpoint that holds other things too, in Python's words; both usual ones where
 * none are found.
 */
function weightsBeside(root: unknown, isArray: (value: unknown) => boolean): string[] {
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
 * The first one met, breadth first; a whole model before any other. What is shared is looked at
 * once.
 */
function firstForeign(root: unknown): Found | null {
  const seen = new Set<unknown>([root]);
  const waiting: { path: string; value: unknown }[] = [{ path: '', value: root }];
  let other: Found | null = null;
  for (let at = 0; at < waiting.length && at < MAX_LOOKED_AT; at++) {
    const { path, value } = waiting[at]!;
    if (value instanceof ForeignObject) {
      if (value.isModule) return { path, object: value };
      other ??= { path, object: value };
      continue;
    }
    if (!(value instanceof Map || Array.isArray(value))) continue;
    for (const [key, item] of value.entries() as Iterable<readonly [unknown, unknown]>) {
      if (waiting.length >= MAX_LOOKED_AT) break;
      if (typeof item !== 'object' || item === null || seen.has(item)) continue;
      seen.add(item);
      const name =
        typeof key === 'string' || typeof key === 'number' ? String(key).slice(0, 100) : '…';
      waiting.push({ path: path === '' ? name : `${path}.${name}`.slice(0, 300), value: item });
    }
  }
  return other;
}
