import { Box, Text } from 'ink';
import { memo, use, type ReactElement } from 'react';
import { lookOf } from '../theme.ts';
import type { Row, Span } from '../view/span.ts';
import { ThemeContext } from './theme-context.tsx';

/** One row that is already as wide as it may be. */
export const SpanRow = memo(function SpanRow({ spans }: { readonly spans: readonly Span[] }): ReactElement {
  const theme = use(ThemeContext);
  // An empty text would have no height.
  if (spans.every(({ text }) => text === '')) return <Text> </Text>;
  return (
    <Text wrap="truncate-end">
      {spans.map(({ text, tone, ...extra }, index) => (
        <Text key={index} {...lookOf(theme, tone)} {...extra}>
          {text}
        </Text>
      ))}
    </Text>
  );
});

/** Exactly `height` rows; fewer stand at the bottom or the top. */
export function Rows({
  rows,
  width,
  height,
  stand = 'top',
}: {
  readonly rows: readonly Row[];
  readonly width: number;
  readonly height: number;
  readonly stand?: 'top' | 'bottom';
}): ReactElement {
  return (
    <Box
      flexDirection="column"
      flexShrink={0}
      width={width}
      height={height}
      justifyContent={stand === 'top' ? 'flex-start' : 'flex-end'}
      overflow="hidden"
    >
      {rows.map((row) => (
        <SpanRow key={row.key} spans={row.spans} />
      ))}
    </Box>
  );
}
