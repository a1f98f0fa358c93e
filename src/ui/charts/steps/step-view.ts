import { createStore, type StoreApi } from 'zustand/vanilla';
import type { StepRange } from '../../../runs/curve-points';
import type { RangeControl } from '../plot-zoom';
import { movedBy, scaledAround, zoomedTo } from './step-range';

/** How a group of charts over steps is looked at. All its charts share one. */
export interface StepView {
  /** The steps shown; null for the whole run. */
  readonly range: StepRange | null;
  /** Keys of what the legends have switched off. */
  readonly hidden: ReadonlySet<string>;
  /** Titles of the charts whose vertical axis is logarithmic, where their values allow it. */
  readonly logarithmic: ReadonlySet<string>;
}

export type StepViewStore = StoreApi<StepView>;

export const createStepView = (): StepViewStore =>
  createStore<StepView>(() => ({ range: null, hidden: new Set(), logarithmic: new Set() }));

/** Switches an entry of the legends on or off. */
export const toggleShown = (view: StepViewStore, key: string): void =>
  view.setState(({ hidden }) => ({ hidden: toggled(hidden, key) }));

/** Makes the axis of a chart logarithmic, or linear again. */
export const toggleLogarithmic = (view: StepViewStore, title: string): void =>
  view.setState(({ logarithmic }) => ({ logarithmic: toggled(logarithmic, title) }));

function toggled(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const others = [...names].filter((each) => each !== name);
  return new Set(others.length < names.size ? others : [...others, name]);
}

/**
 * Control over the range that all charts of a view show.
 * @param wholeRun all steps at present; null if there are none
 */
export function rangeControl(view: StepViewStore, wholeRun: () => StepRange | null): RangeControl {
  const change = (next: (range: StepRange | null, whole: StepRange) => StepRange | null) => {
    const whole = wholeRun();
    if (whole) view.setState(({ range }) => ({ range: next(range, whole) }));
  };
  return {
    zoomTo: (a, b) => change((_, whole) => zoomedTo(a, b, whole)),
    scale: (factor, at) =>
      change((range, whole) => {
        const { first, last } = range ?? whole;
        return scaledAround(range, at ?? (first + last) / 2, factor, whole);
      }),
    move: (steps) => change((range, whole) => movedBy(range, steps, whole)),
    showWhole: () => view.setState({ range: null }),
  };
}
