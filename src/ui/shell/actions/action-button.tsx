import { ActionIcon, Tooltip, type ActionIconProps } from '@mantine/core';
import { createElement } from 'react';
import { studioStore } from '../studio-store';
import { useStudio } from '../use-studio';
import type { Action } from './action';
import { ariaKey, keyNames } from './key-names';

/**
 * A button with an action's icon, and its name and key in a tooltip.
 * @param actions the first that can be performed now is what the button does; it is dimmed if none
 * can. One button for several keeps the focus while one gives way to another: Pause, Continue.
 * @param said stands in the tooltip, which opens for it, for as long as it is given
 */
export function ActionButton({
  actions,
  said,
  ...props
}: {
  readonly actions: readonly [Action, ...Action[]];
  readonly said?: string | undefined;
} & ActionIconProps) {
  const ready = useStudio((state) => actions.find(({ predicate }) => predicate(state)) ?? null);
  const action = ready ?? actions[0];
  const label = useStudio(action.label);
  const icon = useStudio(action.icon);
  const key = ready?.key ?? null;
  return (
    <Tooltip
      label={said ?? (key ? `${label} (${keyNames(key).join(' ')})` : label)}
      {...(said !== undefined && { opened: true })}
    >
      <ActionIcon
        size="lg"
        variant="subtle"
        color="gray"
        aria-label={label}
        aria-keyshortcuts={key ? ariaKey(key) : undefined}
        disabled={ready === null}
        onClick={() => action.perform(studioStore.getState())}
        {...props}
      >
        {createElement(icon, { size: 18, stroke: 1.8, 'aria-hidden': true })}
      </ActionIcon>
    </Tooltip>
  );
}
