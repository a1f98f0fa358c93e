/** Elements into which a person types. */
const FIELDS =
  'input:not([type="checkbox"], [type="button"], [type="submit"], [type="file"]), textarea, ' +
  'select, [contenteditable]:not([contenteditable="false"])';

/** Roles whose items are walked through with arrows, or found by their letters. */
const WALKED = [
  'application',
  'combobox',
  'grid',
  'listbox',
  'menu',
  'menubar',
  'radiogroup',
  'scrollbar',
  'slider',
  'spinbutton',
  'tab',
  'toolbar',
  'tree',
]
  .map((role) => `[role="${role}"]`)
  .join(', ');

/** Elements that Space presses. */
const PRESSED =
  'button, a[href], summary, label, input, [role="button"], [role="switch"], [role="checkbox"]';

/**
 * Whether an element that has the focus needs a key for itself. A plain button needs only Space: a
 * click leaves the focus on it, and arrows and letters go on to mean what they meant before. A
 * dialog shields the page behind it from every key.
 * @param key as `KeyboardEvent.key` has it
 */
export function takesKey(focused: Element, key: string): boolean {
  if (focused.closest('[role="dialog"], [role="alertdialog"], dialog')) return true;
  if (focused.closest(`${FIELDS}, ${WALKED}`)) return true;
  if (key === ' ') return focused.closest(PRESSED) !== null;
  if (!key.startsWith('Arrow')) return false;
  // Charts and tables that scroll have a tab stop of their own, and so has an item of a strip.
  return focused.hasAttribute('tabindex') && !focused.matches('main');
}
