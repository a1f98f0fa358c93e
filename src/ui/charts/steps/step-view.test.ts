import { describe, expect, it } from 'vitest';
import { createStepView, rangeControl, toggleLogarithmic, toggleShown } from './step-view';

describe('the view that charts share', () => {
  it('is one range for all of them, whichever of them changes it', () => {
    const view = createStepView();
    const whole = () => ({ first: 1, last: 1001 });
    const [loss, kappa] = [rangeControl(view, whole), rangeControl(view, whole)];
    loss.zoomTo(101, 301);
    kappa.move(100);
    expect(view.getState().range).toEqual({ first: 201, last: 401 });
    loss.scale(0.5, null);
    expect(view.getState().range).toEqual({ first: 251, last: 351 });
    kappa.showWhole();
    expect(view.getState().range).toBeNull();
  });

  it('reaches as far as the run does by then', () => {
    const view = createStepView();
    let last = 100;
    const control = rangeControl(view, () => ({ first: 1, last }));
    control.zoomTo(51, 91);
    last = 1000;
    control.move(500);
    expect(view.getState().range).toEqual({ first: 551, last: 591 });
  });

  it('stays whole while there are no steps', () => {
    const view = createStepView();
    const control = rangeControl(view, () => null);
    control.zoomTo(1, 5);
    control.scale(0.5, 3);
    expect(view.getState().range).toBeNull();
  });

  it('switches legend entries and logarithmic axes on and off again', () => {
    const view = createStepView();
    toggleShown(view, 'a');
    toggleShown(view, 'b');
    toggleShown(view, 'a');
    toggleLogarithmic(view, 'κ');
    expect([...view.getState().hidden]).toEqual(['b']);
    expect([...view.getState().logarithmic]).toEqual(['κ']);
    toggleLogarithmic(view, 'κ');
    expect([...view.getState().logarithmic]).toEqual([]);
  });
});
