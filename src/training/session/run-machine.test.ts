import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { presets } from '../config/run-config';
import type { RunState } from './run-events';
import { isActive, RUN_TRANSITIONS, RunMachine, type AfterFault } from './run-machine';

const config = presets.demo;
const states = Object.keys(RUN_TRANSITIONS) as RunState[];
const edges = states.flatMap((from) => RUN_TRANSITIONS[from].map((to) => [from, to] as const));
const impossible = states
  .flatMap((from) => states.map((to) => [from, to] as const))
  .filter(([from, to]) => from !== to && to !== 'idle')
  .filter(([from, to]) => !edges.some(([a, b]) => a === from && b === to));

/** A machine with all that it has posted; `afterFault` can be set before each fault. */
function machineOf() {
  const posted: RunState[] = [];
  const next: { afterFault: AfterFault } = { afterFault: 'failed' };
  const machine = new RunMachine(
    ({ state }) => posted.push(state),
    () => next.afterFault,
  );
  /** Asks for a state in the way that leads to it. */
  const go = (to: RunState) => {
    switch (to) {
      case 'idle':
        throw new Error('Nothing leads back there.');
      case 'preparing':
        return machine.prepare(config);
      case 'running':
        return machine.run();
      case 'paused':
        return machine.pause();
      case 'recovering':
        next.afterFault = to;
        return machine.fault(new Error('The device is gone.'));
      default:
        return machine.end(to);
    }
  };
  return { machine, posted, next, go };
}

/** The states on the shortest way from `idle`, without it. */
function wayTo(goal: RunState): readonly RunState[] {
  const ways = new Map<RunState, readonly RunState[]>([['idle', []]]);
  for (const [from, way] of ways)
    for (const to of RUN_TRANSITIONS[from]) if (!ways.has(to)) ways.set(to, [...way, to]);
  return ways.get(goal)!;
}

function machineAt(state: RunState) {
  const made = machineOf();
  wayTo(state).forEach(made.go);
  expect(made.machine.state).toBe(state);
  made.posted.length = 0;
  return made;
}

describe('the state of a run', () => {
  it.each(edges)('can go from %s to %s, and says so once', (from, to) => {
    const { machine, posted, go } = machineAt(from);
    go(to);
    expect([machine.state, posted]).toEqual([to, [to]]);
  });

  it.each(impossible)('can’t go from %s to %s, and says nothing', (from, to) => {
    const { machine, posted, go } = machineAt(from);
    expect(() => go(to)).toThrow(`A run that is ${from} can't become ${to}.`);
    expect([machine.state, posted]).toEqual([from, []]);
  });

  it.each(['failed', 'stopped', 'recovering'] as const)('is what its owner says: %s', (after) => {
    for (const from of ['preparing', 'running', 'paused'] as const) {
      const { machine, next } = machineAt(from);
      next.afterFault = after;
      machine.fault(new Error('The device is gone.'));
      expect(machine.state).toBe(after);
    }
  });

  it('has failed after a fault if nobody recovers it', () => {
    const machine = new RunMachine(() => undefined);
    machine.prepare(config);
    machine.fault(new Error('It is broken.'));
    expect(machine.state).toBe('failed');
  });

  it('tells the settings again as they were fitted, and a repeated state not at all', () => {
    const seen: unknown[] = [];
    const machine = new RunMachine((event) => seen.push([event.state, event.config?.epochs]));
    machine.prepare({ ...config, epochs: 12 });
    machine.prepare({ ...config, epochs: 3 });
    machine.run();
    machine.run();
    machine.pause();
    machine.pause();
    expect(seen).toEqual([
      ['preparing', 12],
      ['preparing', 3],
      ['running', 3],
      ['paused', 3],
    ]);
  });

  it('is active from its preparation to its end', () => {
    expect(states.filter(isActive)).toEqual(['preparing', 'running', 'paused', 'recovering']);
  });

  it('is drawn in ARCHITECTURE.md as it is', () => {
    const [, drawing] = /```mermaid\nstateDiagram-v2\n([\s\S]*?)```/.exec(
      readFileSync('ARCHITECTURE.md', 'utf8'),
    )!;
    const drawn = [...drawing!.matchAll(/^\s*(\w+) --> (\w+)/gm)].map(
      ([, from, to]) => `${from} → ${to}`,
    );
    expect(drawn.sort()).toEqual(edges.map((edge) => edge.join(' → ')).sort());
  });
});
