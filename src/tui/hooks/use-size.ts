import { useWindowSize, type WindowSize } from 'ink';
import { useEffect, useRef, useState } from 'react';

/**
 * The size of the window. Ink paints one frame of the old size into the new window, and its incremental mode would
 * keep the damage: after every change the screen is forgotten and drawn once more.
 */
export function useSize(forget: () => void): WindowSize {
  const { columns, rows } = useWindowSize();
  const drawn = useRef({ columns, rows });
  const [, bump] = useState(0);
  useEffect(() => {
    if (drawn.current.columns === columns && drawn.current.rows === rows) return;
    drawn.current = { columns, rows };
    forget();
    bump((count) => count + 1);
  }, [columns, rows, forget]);
  return { columns, rows };
}
