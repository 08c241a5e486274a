import { Box, Text } from 'ink';
import { use, type ReactElement, type ReactNode } from 'react';
import { FENCE } from '../view/direction.ts';
import type { Layout } from '../view/layout.ts';
import type { Row } from '../view/span.ts';
import { Rows } from './rows.tsx';
import { ThemeContext } from './theme-context.tsx';

/** Rooms, the middle, members: whatever of it the width has room for. */
export function Panes({
  layout,
  rooms,
  members,
  fenced,
  children,
}: {
  readonly layout: Layout;
  readonly rooms: readonly Row[];
  readonly members: readonly Row[];
  /** Some text runs from right to left: the panes are to be kept apart. */
  readonly fenced: boolean;
  readonly children: ReactNode;
}): ReactElement {
  const { roomsWidth, membersWidth, mainWidth, bodyHeight } = layout;
  const { color, dimColor } = use(ThemeContext).tones.line;
  const edge = { ...border, ...(color ? { borderColor: color } : {}), borderDimColor: dimColor === true };
  return (
    <Box height={bodyHeight} flexShrink={0}>
      {roomsWidth > 0 && (
        <Box {...edge} borderRight width={roomsWidth + 1} height={bodyHeight} flexShrink={0}>
          <Rows rows={rooms} width={roomsWidth} height={bodyHeight} />
        </Box>
      )}
      {roomsWidth > 0 && <Gap height={bodyHeight} fenced={fenced} />}
      <Box flexDirection="column" width={mainWidth} height={bodyHeight} flexShrink={0}>
        {children}
      </Box>
      {membersWidth > 0 && <Gap height={bodyHeight} fenced={fenced} />}
      {membersWidth > 0 && (
        <Box {...edge} borderLeft width={membersWidth + 1} height={bodyHeight} flexShrink={0}>
          <Rows rows={members} width={membersWidth} height={bodyHeight} />
        </Box>
      )}
    </Box>
  );
}

function Gap({ height, fenced }: { readonly height: number; readonly fenced: boolean }): ReactElement {
  return (
    <Box width={1} height={height} flexShrink={0}>
      {fenced && <Text>{Array.from({ length: height }, () => FENCE).join('\n')}</Text>}
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
