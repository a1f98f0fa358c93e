import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { validationAt } from '../../../../test/fixtures/run-steps';
import { mounted } from '../../../../test/mounted';
import { request, send } from '../../shell/client/studio-client';
import { studioStore } from '../../shell/studio-store';
import { runPictures } from '../faces/run-pictures';
import { Strips } from './strips';

vi.mock('../../shell/client/studio-client', () => ({ request: vi.fn(), send: vi.fn() }));

const PEOPLE = 10;
const PICTURES = 40;
/** Forty pictures of ten people: κ grows with the picture's number, and so does cos θ but twice. */
const kappa = Float32Array.from({ length: PICTURES }, (_, i) => 100 + 10 * i);
const cosTheta = Float32Array.from({ length: PICTURES }, (_, i) => {
  if (i === 30) return 0.1;
  return i === 35 ? 0.05 : 0.3 + i / 100;
});
const validation = { ...validationAt(10, PICTURES), kappa, cosTheta };
const heldOut = {
  labels: Int32Array.from({ length: PICTURES }, (_, i) => i % PEOPLE),
  places: Int32Array.from({ length: PICTURES }, (_, i) => i + 1),
  copies: new Int32Array(PICTURES),
};

/** Answers every picture with grey, as the worker does from the run's source. */
function answerPictures(): void {
  vi.mocked(request).mockImplementation((command) => {
    const { pictures, side } = command as unknown as { pictures: unknown[]; side: number };
    const pixels = new Uint8ClampedArray(4 * side * side).fill(128);
    return Promise.resolve(pictures.map(() => ({ pixels, name: '' }))) as never;
  });
}

beforeEach(() => {
  studioStore.setState(studioStore.getInitialState());
  studioStore.setState({ validation, heldOut });
  answerPictures();
});
afterEach(() => {
  runPictures.clear();
  vi.clearAllMocks();
  studioStore.setState(studioStore.getInitialState());
});

it('shows the least sure in order, and of the furthest those it is surest of', async () => {
  const screen = await mounted(<Strips />);
  const names = (title: string) =>
    screen
      .getByRole('region', { name: title })
      .getByRole('button')
      .elements()
      .map((button) => button.getAttribute('aria-label'));
  await expect.poll(() => names('Least sure')).toHaveLength(6);
  expect(names('Least sure')[0]).toBe('Person 0: κ 100, cos θ 0.30. Compare this face');
  expect(names('Least sure')[5]).toMatch(/^Person 5: κ 150/);
  // Four of forty lie furthest: the two that are far although κ is large come first.
  expect(names('Most mistaken').map((name) => name?.split(',')[0])).toEqual([
    'Person 5: κ 450',
    'Person 0: κ 400',
    'Person 1: κ 110',
    'Person 0: κ 100',
  ]);
});

it('has one tab stop in a strip, and opens a face beside its person’s surest', async () => {
  const screen = await mounted(<Strips />);
  const strip = screen.getByRole('region', { name: 'Least sure' });
  await expect.element(strip.getByRole('button').first()).toBeVisible();
  const stops = strip.getByRole('button').elements() as HTMLElement[];
  expect(stops.filter(({ tabIndex }) => tabIndex === 0)).toHaveLength(1);
  stops[0]!.focus();
  await userEvent.keyboard('{ArrowRight}{Enter}');
  const chosen = vi.mocked(send).mock.calls.map(([command]) => command);
  expect(chosen).toMatchObject([
    // The second picture, of person 1, whose surest is the thirty-second.
    { type: 'choose-run-picture', slot: 'a', picture: { place: 2, copy: 0 } },
    { type: 'choose-run-picture', slot: 'b', picture: { place: 32, copy: 0 } },
  ]);
  expect(studioStore.getState().place).toBe('compare');
});

it('says why pictures are missing: that they can’t be read, or are not kept', async () => {
  vi.mocked(request).mockRejectedValue(new Error('The folder is gone.'));
  const screen = await mounted(<Strips />);
  await expect
    .element(screen.getByRole('alert'))
    .toHaveTextContent(/can’t be read.*folder is gone/);
  await expect.element(screen.getByText('no picture').first()).toBeVisible();
  studioStore.setState({ heldOut: { ...heldOut, places: null } });
  await expect.element(screen.getByText(/^Faces of a streamed run/)).toBeVisible();
});
