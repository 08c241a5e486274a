import { Box, Text } from 'ink';
import type { ReactElement } from 'react';
import { inputRows } from '../components/composer.tsx';
import { PromptOverlay, promptRows } from '../components/prompt.tsx';
import { shownText } from '../composer/composer.ts';
import { useKeys } from '../hooks/use-keys.ts';
import { useStateOf } from '../hooks/use-state-of.ts';
import type { ScreenProps } from './screen-props.ts';
import { currentBuffer } from '../store/state.ts';
import { statusBar, topicBar } from '../view/bars.ts';
import { layoutFor, type Layout } from '../view/layout.ts';
import { FENCE } from '../view/direction.ts';
import { lobbyList } from '../view/sheets.ts';
import { plainText, type Span } from '../view/span.ts';
import { viewport } from '../view/viewport.ts';

/** For screen readers: one column, read from top to bottom, nothing beside anything. */
export function LogScreen({ controller, keys, columns, rows, onPointer }: ScreenProps): ReactElement {
  const { sheets } = controller;
  const state = useStateOf(controller.store);
  const input = useStateOf(controller.input);
  const prompt = state.prompts[0];
  const layout = singleColumn(layoutFor(columns, rows, inputRows(input, columns)));
  useKeys(keys, layout, prompt === undefined, onPointer);
  const buffer = currentBuffer(state);
  const list = buffer.type === 'lobby' ? lobbyList(state, layout) : [];
  const found = state.finding && sheets.finding(state, state.finding, layout);
  const talk = viewport(sheets.sheet(state, buffer, layout), Math.max(1, layout.bodyHeight - list.length));
  return (
    <Box flexDirection="column">
      <Text>{words(topicBar(state, columns))}</Text>
      {[...list, ...(found ?? talk.rows)].map((row) => (
        <Text key={row.key}>{words(row.spans)}</Text>
      ))}
      <Text>{words(statusBar(state, columns))}</Text>
      {prompt ? (
        <PromptOverlay
          key={prompt.id}
          prompt={prompt}
          columns={columns}
          height={promptRows(prompt, columns)}
          onAnswer={(answer) => controller.questions.answer(prompt.id, answer)}
        />
      ) : (
        <Text>
          {state.finding
            ? `Find: ${state.finding.editor.text}`
            : `${input.rewriting ? 'Rewrite' : 'Write'}: ${shownText(input)}`}
        </Text>
      )}
    </Box>
  );
}

function singleColumn(layout: Layout): Layout {
  return { ...layout, roomsWidth: 0, membersWidth: 0, mainWidth: layout.columns, nickWidth: 0 };
}

/** Without what is only there to be looked at. */
function words(spans: readonly Span[]): string {
  return plainText(spans)
    .replaceAll(FENCE, ' ')
    .replace(/[─▎▏│]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}
