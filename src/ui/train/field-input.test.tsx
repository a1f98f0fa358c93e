import { userEvent } from 'vitest/browser';
import { beforeEach, describe, expect, it } from 'vitest';
import { mounted } from '../../../test/mounted';
import { presets } from '../../training/config/run-config';
import { studioStore } from '../shell/studio-store';
import { ExperimentForm } from './experiment-form';

const config = () => studioStore.getState().config;

beforeEach(() => studioStore.setState(studioStore.getInitialState()));

/** The form, its field of a name, and the small buttons beside its fields. */
async function fieldOf(label: string) {
  const screen = await mounted(<ExperimentForm />);
  const field = screen.getByRole('textbox', { name: label });
  const stepper = (direction: 'up' | 'down', of = label) =>
    screen
      .getByRole('textbox', { name: of })
      .element()
      .closest('[class*=wrapper]')!
      .querySelector<HTMLButtonElement>(`button[data-direction=${direction}]`)!;
  return { screen, field, stepper };
}

describe('the field of a number', () => {
  it('steps a learning rate of 0.004 by 2 with its arrow keys, never to 1', async () => {
    const { field } = await fieldOf('Learning rate');
    await field.click();
    await userEvent.keyboard('{ArrowUp}');
    expect(config().learningRate).toBe(0.008);
    await userEvent.keyboard('{ArrowDown}{ArrowDown}');
    expect(config().learningRate).toBe(0.002);
    await expect.element(field).toHaveValue('0.002');
    await userEvent.keyboard('{ArrowUp>12/}');
    expect(config().learningRate).toBe(1);
  });

  it('steps by its small buttons too: epochs by one, a batch by powers of two', async () => {
    const { stepper } = await fieldOf('Learning rate');
    await userEvent.click(stepper('up'));
    expect(config().learningRate).toBe(0.008);
    await userEvent.click(stepper('down', 'Epochs'));
    expect(config().epochs).toBe(29);
    await userEvent.click(stepper('up', 'Batch size'));
    await userEvent.click(stepper('up', 'Batch size'));
    expect(config().batchSize).toBe(256);
  });

  it('takes what is typed, goes on from there, and is kept within its bounds', async () => {
    const { field } = await fieldOf('Learning rate');
    await field.fill('0.0034');
    expect(config().learningRate).toBe(0.0034);
    await userEvent.keyboard('{ArrowDown}');
    expect(config().learningRate).toBe(0.0017);
    await field.fill('7');
    await userEvent.tab();
    expect(config().learningRate).toBe(1);
  });

  it('does nothing while a run is on', async () => {
    studioStore.setState({ runState: 'running' });
    const { field, stepper } = await fieldOf('Learning rate');
    await expect.element(field).toBeDisabled();
    expect(stepper('up').disabled).toBe(true);
    expect(config().learningRate).toBe(0.004);
  });
});

describe('the form', () => {
  it('marks what differs from the preset, counts it, and takes it back', async () => {
    const { screen, field } = await fieldOf('Learning rate');
    await expect.element(screen.getByText('Same as the preset')).toBeVisible();
    await field.click();
    await userEvent.keyboard('{ArrowUp}');
    await expect.element(screen.getByText('1 setting differs from the preset')).toBeVisible();
    expect(screen.getByTitle('Differs from the preset').elements()).toHaveLength(1);
    await screen.getByRole('button', { name: 'Reset' }).click();
    expect(config()).toEqual(presets.demo);
  });

  it('has six settings before Expert, and says that r only shifts the loss', async () => {
    const { screen } = await fieldOf('Epochs');
    const shown = screen
      .getByRole('textbox')
      .elements()
      .filter((each) => each.checkVisibility());
    expect(shown).toHaveLength(6);
    await screen.getByRole('button', { name: 'Head and objective' }).click();
    await expect.element(screen.getByText(/Only shifts the loss by a constant/)).toBeVisible();
  });

  it('has names for choices, and offers the preset that suits own pictures', async () => {
    const { screen } = await fieldOf('Epochs');
    await expect.element(screen.getByRole('textbox', { name: 'Method' })).toHaveValue('SCF');
    await screen.getByRole('textbox', { name: 'Pictures' }).fill('mine.tar');
    await expect
      .element(screen.getByRole('textbox', { name: 'Preset' }))
      .toHaveValue('Your photographs');
    expect(config().preset).toBe('photographs');
    studioStore.setState({ config: { ...presets.demo, shards: 'mine.tar' } });
    await screen.getByRole('button', { name: 'Take it' }).click();
    expect(config()).toEqual({ ...presets.photographs, shards: 'mine.tar' });
  });
});
