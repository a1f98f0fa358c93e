import { expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { mounted } from '../../../../test/mounted';
import type { FaceMapState } from './face-map-slice';
import { FaceMapPanel } from './face-map-panel';

vi.mock('../../shell/client/studio-client', () => ({
  request: vi.fn(() => Promise.resolve([])),
  send: vi.fn(),
}));

const PEOPLE = 30;
const PICTURES = 120;
const angle = (i: number) => (2 * Math.PI * (i % PEOPLE)) / PEOPLE;

/** Thirty people in a ring, four pictures each. */
const map: FaceMapState = {
  positions: Float32Array.from({ length: 2 * PICTURES }, (_, at) => {
    const i = at >> 1;
    const radius = 1 + 0.1 * Math.floor(i / PEOPLE);
    return radius * (at % 2 === 0 ? Math.cos(angle(i)) : Math.sin(angle(i)));
  }),
  labels: Int32Array.from({ length: PICTURES }, (_, i) => i % PEOPLE),
  places: Int32Array.from({ length: PICTURES }, (_, i) => i + 1),
  thumbnails: new Map(),
  fitted: PICTURES,
  share: 0.31,
  seen: PICTURES,
  centres: null,
};
const centres = new Map(
  Array.from({ length: PEOPLE }, (_, i) => [i, [Math.cos(angle(i)), Math.sin(angle(i))] as const]),
);

it('says how many people have a mark, and then what gathering means', async () => {
  const screen = await mounted(<FaceMapPanel map={map} canFetch={false} />);
  await expect.element(screen.getByText(/first 24 people.*other 6 are grey/)).toBeVisible();
  expect(screen.getByRole('button', { name: 'Gather them by person' }).query()).toBeNull();
  await screen.unmount();
  const whole = await mounted(<FaceMapPanel map={{ ...map, centres }} canFetch={false} />);
  await expect.element(whole.getByText(/the further a picture has to go/)).toBeVisible();
});

it('moves the pictures when it is asked to gather them, and lets them go', async () => {
  const screen = await mounted(<FaceMapPanel map={{ ...map, centres }} canFetch={false} />);
  const picture = () => screen.container.querySelector('canvas')!.toDataURL();
  const settled = async () => {
    // Longer than all movements together.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    return picture();
  };
  const before = await settled();
  await userEvent.click(screen.getByRole('button', { name: 'Gather them by person' }));
  await new Promise((resolve) => setTimeout(resolve, 1900));
  expect(picture()).not.toBe(before);
  expect(await settled()).toBe(before);
});
