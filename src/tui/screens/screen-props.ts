import type { Controller } from '../controller.ts';
import type { Keys } from '../keys.ts';
import type { Pointer } from '../terminal/keyboard.ts';

/** What every way of showing the chat is given. */
export interface ScreenProps {
  readonly controller: Controller;
  readonly keys: Keys;
  readonly columns: number;
  readonly rows: number;
  readonly onPointer: (listener: (pointer: Pointer) => void) => () => void;
}
