import type { IjbCommand } from '../protocol/ijb';
import { done, type Handlers, type HandlerTools } from './handlers';

/** Carries out requests about a release of IJB-B or IJB-C. */
export function ijbHandlers({ controllers: { ijb } }: HandlerTools): Handlers<IjbCommand['type']> {
  return {
    'open-ijb': ({ folder }, task) => ijb.open(folder, task),
    'ijb-state': (_, task) => ijb.state(task),
    'measure-ijb': (_, task) => ijb.measure(task),
    'evaluate-ijb': (_, task) => ijb.evaluate(task),
    'pause-ijb': done(() => ijb.pause()),
    'close-ijb': (_, task) => ijb.close(task),
    'remove-kept-ijb': ({ name }, task) => ijb.remove(name, task),
  };
}
