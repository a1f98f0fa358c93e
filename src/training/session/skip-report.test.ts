import { describe, expect, it } from 'vitest';
import type { SkippedItem } from '../../faces/survey/left-out';
import type { SessionEvent } from './run-events';
import { SkipReport } from './skip-report';

const item = (member: string, shard = 'a.tar'): SkippedItem => ({
  shard,
  member,
  kind: 'empty-file',
  reason: 'it is empty',
});

function reportOf() {
  const events: Extract<SessionEvent, { type: 'skipped' }>[] = [];
  const report = new SkipReport((event) => events.push(event));
  return { report, events, items: () => events.flatMap(({ items }) => items) };
}

describe('a skip report', () => {
  it('posts many items in one event, each of them once', () => {
    const { report, events, items } = reportOf();
    for (let i = 0; i < 100_000; i++) report.add(item(String(i)));
    report.flush();
    expect(events.length).toBeLessThan(200);
    expect(items()).toHaveLength(100_000);
    expect(events.at(-1)!.leftOut).toEqual([
      { kind: 'empty-file', count: 100_000, first: expect.objectContaining({ length: 10 }) },
    ]);
    report.flush();
    expect(items()).toHaveLength(100_000);
  });

  it('posts an item once, however many epochs leave it out', () => {
    const { report, events, items } = reportOf();
    for (let epoch = 0; epoch < 3; epoch++) {
      report.nextPass();
      for (const member of epoch === 1 ? ['2', '1', '3'] : ['1', '2']) report.add(item(member));
      report.add({ shard: 'b.tar', kind: 'lost-shard', reason: 'gone', lost: true });
    }
    report.flush();
    expect(items().map(({ shard, member }) => member ?? shard)).toEqual(['1', '2', 'b.tar', '3']);
    expect(events.at(-1)!.leftOut.map(({ kind, count }) => [kind, count])).toEqual([
      ['empty-file', 3],
      ['lost-shard', 1],
    ]);
  });

  it('counts an item twice that is left out twice in one pass', () => {
    const { report, items } = reportOf();
    for (let epoch = 0; epoch < 2; epoch++) {
      report.nextPass();
      for (let i = 0; i < 2; i++) report.add(item('same'));
    }
    report.flush();
    expect(items()).toHaveLength(2);
  });

  it('includes what was left out at opening from the start', () => {
    const { report, events } = reportOf();
    const opened = [{ kind: 'hidden', count: 2, first: ['.a', '.b'] }] as const;
    report.opened(opened);
    expect(events).toEqual([{ type: 'skipped', items: [], leftOut: opened }]);
    report.add(item('1'));
    report.flush();
    expect(events.at(-1)!.leftOut.map(({ kind }) => kind)).toEqual(['hidden', 'empty-file']);
  });

  it('posts nothing if nothing was left out', () => {
    const { report, events } = reportOf();
    report.opened();
    report.nextPass();
    report.flush();
    expect(events).toEqual([]);
  });
});
