import { beforeAll, describe, expect, it } from 'vitest';
import { startNodeWasm } from '../../../cli/node/node-backend';
import { CompactHead } from '../../../models/heads/compact-head';
import { toVariable } from '../../../models/heads/variables';
import { Adam } from '../adam';
import { CompactStepper } from './compact-stepper';

const settings = { method: 'scf', dimension: 16, radius: 1, mode: 'exact' } as const;

function stepperOf(parameters: CompactHead['parameters'], head: CompactHead): CompactStepper {
  const changed = Object.assign(Object.create(head) as CompactHead, { parameters });
  return new CompactStepper(changed, new Adam(parameters), settings);
}

describe('the compact stepper', () => {
  beforeAll(startNodeWasm);

  it('takes a head in the layout of the compact head, and no other', () => {
    const shape = { convShape: [2, 2, 3] as const, embeddingDim: 16, initialLogKappa: null };
    const head = new CompactHead(shape, 1);
    expect(() => stepperOf(head.parameters, head)).not.toThrow();
    const narrow = new Map(head.parameters).set(
      'out.weight',
      toVariable('out.weight', new Float32Array(64), [64, 1]),
    );
    expect(() => stepperOf(narrow, head)).toThrow(
      'The compact step takes a head with the parameters hidden.weight [7, 128], ' +
        'hidden.bias [128], out.weight [128, 1], out.bias [1]; this head has ' +
        'hidden.weight [7, 128], hidden.bias [128], out.weight [64, 1], out.bias [1].',
    );
    const fewer = new Map([...head.parameters].filter(([name]) => name !== 'out.bias'));
    expect(() => stepperOf(fewer, head)).toThrow(RangeError);
    narrow.get('out.weight')!.dispose();
    head.dispose();
  });
});
