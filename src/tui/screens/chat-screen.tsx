import { Box } from 'ink';
import type { ReactElement } from 'react';
import { Composer, inputRows, PROMPT } from '../components/composer.tsx';
import { Panes } from '../components/panes.tsx';
import { emptyHistory } from '../composer/history.ts';
import { PromptOverlay, promptRows } from '../components/prompt.tsx';
import { Rows, SpanRow } from '../components/rows.tsx';
import { useKeys } from '../hooks/use-keys.ts';
import { useStateOf } from '../hooks/use-state-of.ts';
import type { ScreenProps } from './screen-props.ts';
import { currentBuffer, type State } from '../store/state.ts';
import { statusBar, topicBar } from '../view/bars.ts';
import { rowRunsRightToLeft } from '../view/direction.ts';
import { inputBar } from '../view/input-bar.ts';
import { layoutFor } from '../view/layout.ts';
import { lobbyList } from '../view/sheets.ts';
import { roomListRows } from '../view/room-list.ts';
import { viewport } from '../view/viewport.ts';

const FIND_PROMPT = 'find › ';

/** Lobby and rooms: topic, panes, status and input, in exactly the size of the window. */
export function ChatScreen({ controller, keys, columns, rows, onPointer }: ScreenProps): ReactElement {
  const { sheets } = controller;
  const state = useStateOf(controller.store);
  const input = useStateOf(controller.input);
  const prompt = state.prompts[0];
  const buffer = currentBuffer(state);
  const { finding } = state;
  const wanted = prompt ? promptRows(prompt, columns) : finding ? 1 : inputRows(input, columns);
  const layout = layoutFor(columns, rows, wanted, {
    hasMembers: buffer.type === 'room',
    isPrompt: prompt !== undefined,
  });
  useKeys(keys, layout, prompt === undefined, onPointer);
  const { roomsWidth, mainWidth, bodyHeight, inputHeight } = layout;
  const list = buffer.type === 'lobby' ? lobbyList(state, layout) : [];
  const height = bodyHeight - list.length;
  const rooms = roomListRows(state, roomsWidth, bodyHeight);
  const members = sheets.members(state, buffer, layout);
  const talk = finding
    ? sheets.finding(state, finding, layout)
    : viewport(sheets.sheet(state, buffer, layout), Math.max(1, height)).rows;
  const fenced = [rooms, list, talk, members].some((pane) => pane.some(rowRunsRightToLeft));
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <SpanRow spans={topicBar(state, columns)} bar />
      <Panes layout={layout} rooms={rooms} members={members} fenced={fenced}>
        {list.length > 0 && <Rows rows={list} width={mainWidth} height={list.length} />}
        {height > 0 && (
          <Rows rows={talk} width={mainWidth} height={height} stand={finding ? 'top' : 'bottom'} />
        )}
      </Panes>
      <SpanRow spans={(finding ? undefined : inputBar(input, columns)) ?? statusBar(state, columns)} />
      {prompt ? (
        <PromptOverlay
          key={prompt.id}
          prompt={prompt}
          columns={columns}
          height={inputHeight}
          onAnswer={(answer) => controller.questions.answer(prompt.id, answer)}
        />
      ) : (
        <Composer
          state={finding ? { editor: finding.editor, history: emptyHistory } : input}
          columns={columns}
          height={inputHeight}
          top={rows - inputHeight}
          placeholder={finding ? '' : placeholder(state)}
          prompt={finding ? FIND_PROMPT : PROMPT}
        />
      )}
    </Box>
  );
}

function placeholder(state: State): string {
  const buffer = currentBuffer(state);
  if (buffer.type === 'room') return buffer.over ? '/leave closes this room' : '';
  if (buffer.type === 'person') return '';
  return state.listed.length > 0
    ? 'Enter joins the chosen room; /help lists commands'
    : 'Type a command, such as /host tea';
}
