import { Text, useInput } from 'ink';
import TextInput from 'ink-text-input';
import { useRef, useState, type ReactElement } from 'react';

/** Most a field takes; more than any name, code or password may have, so that none is cut unseen. */
const MAX_FIELD = 2_048;

/**
 * One short field. The input component takes a line end for text and letters with Ctrl for letters: both are put
 * right here.
 */
export function TextField({
  placeholder,
  mask,
  onSubmit,
  onCancel,
}: {
  /** Shown while nothing is written. */
  readonly placeholder?: string;
  readonly mask?: string;
  readonly onSubmit: (value: string) => void;
  readonly onCancel?: () => void;
}): ReactElement {
  const [value, setValue] = useState('');
  const now = useRef('');
  const before = useRef('');
  const done = useRef(false);
  const submit = (text: string): void => {
    if (done.current) return;
    done.current = true;
    onSubmit(text);
    // A refused value stays in the field and can be sent again.
    queueMicrotask(() => (done.current = false));
  };
  const change = (text: string): void => {
    const [line = '', ...rest] = text.replace(/\p{Cs}/gu, '').split(/[\r\n]/);
    before.current = now.current;
    now.current = line.slice(0, MAX_FIELD);
    setValue(now.current);
    if (rest.length > 0) submit(now.current);
  };
  useInput((input, key) => {
    if (key.escape || (key.ctrl && input === 'c')) return onCancel?.();
    if (!key.ctrl && !key.meta) return;
    if (key.leftArrow || key.rightArrow || key.backspace || key.delete || key.return) return;
    // The field has just taken the letter of this chord for text.
    if (now.current !== before.current) now.current = before.current;
    if (key.ctrl && (input === 'u' || input === 'w')) now.current = '';
    before.current = now.current;
    setValue(now.current);
  });
  return (
    <Text wrap="truncate-start">
      <TextInput
        value={value}
        onChange={change}
        onSubmit={submit}
        {...(placeholder === undefined ? {} : { placeholder })}
        {...(mask === undefined ? {} : { mask })}
      />
    </Text>
  );
}
