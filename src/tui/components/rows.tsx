import { Box, Text } from 'ink';
import { memo, use, type ReactElement } from 'react';
import { hyperlink } from '../terminal/hyperlink.ts';
import { lookOf, lookOnBar } from '../theme/theme.ts';
import type { Row, Span } from '../view/span.ts';
import { LinkContext } from './link-context.tsx';
import { ThemeContext } from './theme-context.tsx';

/** One row that is already as wide as it may be. */
export const SpanRow = memo(function SpanRow({
  spans,
  bar = false,
}: {
  readonly spans: readonly Span[];
  /** It stands on a bar of its own, and is as wide as that is. */
  readonly bar?: boolean;
}): ReactElement {
  const theme = use(ThemeContext);
  const links = use(LinkContext);
  // An empty text would have no height.
  if (spans.every(({ text }) => text === '')) return <Text> </Text>;
  const look = bar ? lookOnBar : lookOf;
  return (
    <Text wrap="truncate-end">
      {spans.map(({ text, tone, link, ...extra }, index) => (
        <Text key={index} {...look(theme, tone)} {...extra}>
          {link !== undefined && links ? hyperlink(text, link) : text}
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
