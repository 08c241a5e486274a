import { useInput, usePaste } from 'ink';
import { useEffect, useRef } from 'react';
import type { Keys } from '../keys.ts';
import { strokesOf } from '../strokes.ts';
import type { ScreenProps } from '../screens/screen-props.ts';
import type { Layout } from '../view/layout.ts';

/** Hands keys, pastes and the mouse on, with the layout that is on screen. */
export function useKeys(
  keys: Keys,
  layout: Layout,
  isActive: boolean,
  onPointer: ScreenProps['onPointer'],
): void {
  const shown = useRef(layout);
  useEffect(() => {
    shown.current = layout;
  });
  useInput(
    (input, key) => {
      for (const stroke of strokesOf(input, key)) keys.press(stroke, shown.current);
    },
    { isActive },
  );
  useEffect(() => {
    if (!isActive) return undefined;
    return onPointer((pointer) => keys.point(pointer, shown.current));
  }, [keys, onPointer, isActive]);
  usePaste((text) => keys.paste(text), { isActive });
}
