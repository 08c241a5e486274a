import type { Controller } from '../controller.ts';
import type { Keys } from '../keys.ts';
import type { Wheel } from '../terminal/keyboard.ts';
import type { Sheets } from '../view/sheets.ts';

/** What every way of showing the chat is given. */
export interface ScreenProps {
  readonly controller: Controller;
  readonly keys: Keys;
  readonly sheets: Sheets;
  readonly columns: number;
  readonly rows: number;
  readonly onWheel: (listener: (wheel: Wheel) => void) => () => void;
}
