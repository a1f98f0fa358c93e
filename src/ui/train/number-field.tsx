import { NumberInput, type NumberInputProps } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import type { KeyboardEvent } from 'react';
import type { NumberRule } from '../../core/schema/schema';
import { steppedBy, type StepKind } from '../components/number-steps';
import classes from './number-field.module.css';

interface NumberFieldProps extends Pick<
  NumberInputProps,
  'label' | 'description' | 'disabled' | 'size'
> {
  readonly value: number;
  readonly rule: NumberRule;
  readonly steps: StepKind;
  readonly change: (value: number) => void;
}

/**
 * An input for a number, stepped by its arrow keys and its two small buttons in steps that suit the
 * value. Mantine's own steps have one size at every value, which leads a learning rate of 0.004 to
 * 1.
 */
export function NumberField({ value, rule, steps, change, ...input }: NumberFieldProps) {
  const { disabled } = input;
  const step = (direction: 1 | -1) => change(steppedBy(steps, value, direction, rule));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    if (!disabled) step(event.key === 'ArrowUp' ? 1 : -1);
  };
  return (
    <NumberInput
      {...input}
      value={value}
      min={rule.min}
      max={rule.max}
      allowDecimal={!rule.integer}
      clampBehavior="blur"
      hideControls
      withKeyboardEvents={false}
      onKeyDown={onKeyDown}
      onChange={(typed) => typeof typed === 'number' && change(typed)}
      rightSection={
        <span className={classes.steppers}>
          {([1, -1] as const).map((direction) => (
            <button
              key={direction}
              type="button"
              // As the browser's own steppers: keys step the input itself.
              tabIndex={-1}
              aria-hidden
              disabled={disabled}
              className={classes.stepper}
              data-direction={direction === 1 ? 'up' : 'down'}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => step(direction)}
            >
              {direction === 1 ? <IconChevronUp size={12} /> : <IconChevronDown size={12} />}
            </button>
          ))}
        </span>
      }
    />
  );
}
