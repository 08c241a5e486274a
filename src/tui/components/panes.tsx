import { Box } from 'ink';
import { use, type ReactElement, type ReactNode } from 'react';
import type { Layout } from '../view/layout.ts';
import type { Row } from '../view/span.ts';
import { Rows } from './rows.tsx';
import { ThemeContext } from './theme-context.tsx';

/** Rooms, the middle, members: whatever of it the width has room for. */
export function Panes({
  layout,
  rooms,
  members,
  children,
}: {
  readonly layout: Layout;
  readonly rooms: readonly Row[];
  readonly members: readonly Row[];
  readonly children: ReactNode;
}): ReactElement {
  const { roomsWidth, membersWidth, mainWidth, bodyHeight } = layout;
  const { color, dimColor } = use(ThemeContext).tones.line;
  const edge = { ...border, ...(color ? { borderColor: color } : {}), borderDimColor: dimColor === true };
  return (
    <Box height={bodyHeight} flexShrink={0}>
      {roomsWidth > 0 && (
        <Box {...edge} borderRight width={roomsWidth + 1} height={bodyHeight} marginRight={1} flexShrink={0}>
          <Rows rows={rooms} width={roomsWidth} height={bodyHeight} />
        </Box>
      )}
      <Box flexDirection="column" width={mainWidth} height={bodyHeight} flexShrink={0}>
        {children}
      </Box>
      {membersWidth > 0 && (
        <Box {...edge} borderLeft width={membersWidth + 1} height={bodyHeight} marginLeft={1} flexShrink={0}>
          <Rows rows={members} width={membersWidth} height={bodyHeight} />
        </Box>
      )}
    </Box>
  );
}

const border = {
  borderStyle: 'single',
  borderTop: false,
  borderBottom: false,
  borderLeft: false,
  borderRight: false,
} as const;
