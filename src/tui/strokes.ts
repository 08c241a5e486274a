import type { Key } from 'ink';
import { commandOf } from './keymap.ts';

/** One thing a person typed: text, or a key named as in the keymap (`ctrl+n`, `alt+enter`, `pageup`). */
export type Stroke =
  { readonly type: 'text'; readonly text: string } | { readonly type: 'key'; readonly chord: string };

const named = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageDown', 'pagedown'],
  ['pageUp', 'pageup'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const satisfies readonly (readonly [keyof Key, string])[];

const controlNames: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'ctrl+j',
  '\t': 'tab',
  '\b': 'backspace',
  '\x7f': 'backspace',
  '\x1b': 'escape',
  '\x1f': 'ctrl+_',
};

/**
 * What one call of Ink's `useInput` means. Ink hands over whole chunks, so fast typing can hold several keys:
 * `hello\r` is text and then Enter.
 */
export function strokesOf(input: string, key: Key): Stroke[] {
  if (key.eventType === 'release') return [];
  const name = named.find(([flag]) => key[flag])?.[1];
  if (name !== undefined) return [{ type: 'key', chord: chord(name, key) }];
  if (input === '') return [];
  if (!key.ctrl && !key.meta) return split(input);
  const pressed = chord(input.toLowerCase(), key);
  // Terminals say Alt by an Esc in front: one that is no key was Esc, and then what is written.
  if (!key.ctrl && commandOf(pressed) === undefined)
    return [{ type: 'key', chord: 'escape' }, ...split(input)];
  return [{ type: 'key', chord: pressed }];
}

function chord(name: string, { ctrl, meta, shift }: Key): string {
  const shifted = shift && (name === 'tab' || name === 'enter' || name === 'backspace');
  return `${ctrl ? 'ctrl+' : ''}${meta && name !== 'escape' ? 'alt+' : ''}${shifted ? 'shift+' : ''}${name}`;
}

/* oxlint-disable no-control-regex -- keys are control characters */
function split(input: string): Stroke[] {
  return input
    .split(/([\x00-\x1f\x7f])/)
    .filter((part) => part !== '')
    .flatMap((part): Stroke[] => {
      const name = controlNames[part] ?? controlLetter(part);
      if (name !== undefined) return [{ type: 'key', chord: name }];
      return part < ' ' ? [] : [{ type: 'text', text: part }];
    });
}

function controlLetter(part: string): string | undefined {
  return /^[\x01-\x1a]$/.test(part) ? `ctrl+${String.fromCharCode(part.charCodeAt(0) + 96)}` : undefined;
}
