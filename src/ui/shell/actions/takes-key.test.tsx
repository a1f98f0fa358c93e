import { ActionIcon, Checkbox, SegmentedControl, Slider, Tabs, TextInput } from '@mantine/core';
import { expect, it } from 'vitest';
import { mounted } from '../../../../test/mounted';
import { takesKey } from './takes-key';

const KEYS = [' ', 'ArrowRight', '1', '?'] as const;

/** The keys that the element with a role needs for itself. */
const taken = (element: Element) => KEYS.filter((key) => takesKey(element, key));

it('a button needs Space alone: after a click on Pause, → still steps', async () => {
  const { getByRole } = await mounted(
    <main tabIndex={-1}>
      <ActionIcon aria-label="Pause" />
      <a href="#/train">Train</a>
      <Checkbox label="Flip" />
    </main>,
  );
  expect(taken(getByRole('button').element())).toEqual([' ']);
  expect(taken(getByRole('link').element())).toEqual([' ']);
  expect(taken(getByRole('checkbox').element())).toEqual([' ']);
  expect(taken(getByRole('main').element())).toEqual([]);
  expect(taken(document.body)).toEqual([]);
});

it('what is walked through with arrows, or typed into, needs them', async () => {
  const { getByRole, getByTestId } = await mounted(
    <>
      <TextInput label="Name" />
      <Slider thumbLabel="Blur" />
      <SegmentedControl data={['one', 'two']} />
      <Tabs defaultValue="a">
        <Tabs.List>
          <Tabs.Tab value="a">A</Tabs.Tab>
        </Tabs.List>
      </Tabs>
      <select aria-label="Kind" />
      <div contentEditable data-testid="note" suppressContentEditableWarning />
      <div role="dialog" aria-label="Question">
        <button>Yes</button>
      </div>
    </>,
  );
  for (const role of ['textbox', 'slider', 'tab', 'combobox'] as const)
    expect(taken(getByRole(role).first().element()), role).toEqual([...KEYS]);
  expect(taken(getByRole('radio').first().element())).toEqual([...KEYS]);
  expect(taken(getByTestId('note').element())).toEqual([...KEYS]);
  expect(taken(getByRole('button', { name: 'Yes' }).element())).toEqual([...KEYS]);
});

it('a chart, a table that scrolls and an item of a strip need arrows', async () => {
  const { getByTestId } = await mounted(
    <>
      <div role="group" tabIndex={0} data-testid="chart" />
      <div role="region" tabIndex={0} data-testid="table" />
      <button tabIndex={-1} data-testid="item">
        Person 3
      </button>
    </>,
  );
  for (const id of ['chart', 'table', 'item'])
    expect(taken(getByTestId(id).element()), id).toContain('ArrowRight');
  expect(taken(getByTestId('chart').element())).toEqual(['ArrowRight']);
});
