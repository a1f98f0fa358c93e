import { afterEach, beforeEach, expect, it } from 'vitest';
import { mounted } from '../../../../test/mounted';
import { studioStore } from '../../shell/studio-store';
import { dropOwnSet } from './commands';
import { OwnSection } from './own-section';

const file = (path: string) =>
  Object.assign(new File(['1 2'], path.split('/').at(-1)!), { path: `/${path}` });

beforeEach(() => studioStore.setState(studioStore.getInitialState()));
afterEach(() => studioStore.setState(studioStore.getInitialState()));

it('keeps what was picked and chosen when the place is left and opened again', async () => {
  const first = await mounted(<OwnSection />);
  await dropOwnSet([file('faces/ada/1.jpg'), file('faces/bob/1.jpg')]);
  await expect.element(first.getByTestId('picked-set')).toHaveTextContent('“faces”: 2 files');
  // Not what the buttons are disabled for: the studio is not there in this test.
  studioStore.setState(({ ownSet }) => ({
    ownSet: { ...ownSet, settings: { ...ownSet.settings, fromFolders: true } },
  }));
  await first.unmount();
  const again = await mounted(<OwnSection />);
  await expect.element(again.getByTestId('picked-set')).toHaveTextContent('“faces”: 2 files');
  await expect.element(again.getByRole('checkbox', { name: /pairs/ }).first()).toBeChecked();
});

it('says in its place what is no set, and keeps the one before', async () => {
  const screen = await mounted(<OwnSection />);
  await dropOwnSet([file('faces/ada/1.jpg')]);
  await dropOwnSet([file('notes.md')]);
  await expect.element(screen.getByRole('alert')).toHaveTextContent('notes.md holds no pictures');
  await expect.element(screen.getByTestId('picked-set')).toHaveTextContent('“faces”');
});
