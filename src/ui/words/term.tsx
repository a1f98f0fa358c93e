import { Popover, Stack, Text } from '@mantine/core';
import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { Formula } from './formula';
import { glossary, type TermName } from './glossary';
import classes from './term.module.css';
import { useTermCard } from './use-term-card';

interface TermProps {
  readonly name: TermName;
  /** The symbol or the word, as the sentence has it. */
  readonly children: ReactNode;
}

/**
 * A symbol or a word that explains itself: a quiet button in the text. A click, Enter or a pointer
 * that rests on it opens what the glossary says; Escape, a click elsewhere or Tab closes it.
 */
export function Term({ name, children }: TermProps) {
  const { isOpen, isPinned, toggle, close, hoverProps } = useTermCard();
  const button = useRef<HTMLButtonElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    // The card lies at the end of the page: Tab goes on behind the word.
    if (!isOpen || (event.key !== 'Escape' && event.key !== 'Tab')) return;
    if (event.key === 'Escape') event.stopPropagation();
    close();
    button.current?.focus();
  };
  const shared = {
    onKeyDown,
    ...hoverProps,
    // A drawer or a dialog around the word stays open when Escape closes the card.
    'data-mantine-stop-propagation': isOpen,
  };
  const id = useId();
  return (
    <Popover
      opened={isOpen}
      onDismiss={close}
      closeOnEscape={false}
      position="bottom-start"
      width="min(23rem, calc(100vw - 2rem))"
      shadow="md"
      offset={6}
    >
      <Popover.Target>
        <button ref={button} type="button" className={classes.term} onClick={toggle} {...shared}>
          {children}
        </button>
      </Popover.Target>
      <Popover.Dropdown
        className={classes.card}
        aria-labelledby={`${id}title`}
        aria-describedby={`${id}sentence`}
        {...shared}
      >
        <TermCard name={name} id={id} takesFocus={isPinned} />
      </Popover.Dropdown>
    </Popover>
  );
}

interface TermCardProps {
  readonly name: TermName;
  /** Begins the ids of its title and its sentence. */
  readonly id: string;
  /** Whether the focus moves to it, so that a screen reader reads it. */
  readonly takesFocus: boolean;
}

/** What the glossary says, in one card. */
function TermCard({ name, id, takesFocus }: TermCardProps) {
  const { title, sentence, formula, where, paper } = glossary[name];
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const dialog = card.current?.closest<HTMLElement>('[role=dialog]');
    if (takesFocus) dialog?.focus({ preventScroll: true });
  }, [takesFocus]);
  return (
    <Stack gap="xs" ref={card}>
      <p id={`${id}title`} className={classes.title}>
        {title}
      </p>
      <Text size="sm" id={`${id}sentence`}>
        {sentence}
      </Text>
      {formula && <Formula tex={formula} />}
      {where && <Text size="xs">where {where}</Text>}
      {paper && (
        <Text size="xs" c="dimmed" className={classes.source}>
          {paper}
        </Text>
      )}
    </Stack>
  );
}
