import { Box, useApp, useIsScreenReaderEnabled } from 'ink';
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore, type ReactElement } from 'react';
import type { Preferences } from '../client/profile/preferences.ts';
import { LinkContext } from './components/link-context.tsx';
import { SpanRow } from './components/rows.tsx';
import { ThemeContext } from './components/theme-context.tsx';
import type { Controller } from './controller.ts';
import { useSize } from './hooks/use-size.ts';
import { Keys } from './keys.ts';
import { ChatScreen } from './screens/chat-screen.tsx';
import { LogScreen } from './screens/log-screen.tsx';
import { NickScreen } from './screens/nick-screen.tsx';
import type { Pointer } from './terminal/keyboard.ts';
import type { Hex } from './theme/colour.ts';
import type { Theme } from './theme/theme.ts';
import { span } from './view/span.ts';

export interface AppProps {
  /** Links are told to the terminal. */
  readonly hyperlinks: boolean;
  readonly themeOf: (chosen: Preferences['theme'], background?: Hex) => Theme;
  /** Until the profile is open. */
  readonly firstTheme: Preferences['theme'];
  readonly knownNick: string | undefined;
  readonly suggestedNick: string;
  /** What somebody who is asked for a name should know first. */
  readonly notices: readonly string[];
  /** Opens the profile and starts what keeps the screen up to date. */
  readonly open: (nick: string) => Promise<Controller>;
  readonly onCancel: () => void;
  /** Makes Ink forget what it has drawn, so that the next frame is drawn whole. */
  readonly forget: () => void;
  /** Tells what the mouse does; returns the end of it. */
  readonly onPointer: (listener: (pointer: Pointer) => void) => () => void;
  /** Asks the terminal for its background, and tells the answer; returns the end of it. */
  readonly onBackground: (listener: (colour: Hex) => void) => () => void;
  /** Tells when everything is to be opened from new, perhaps under another name; returns the end of it. */
  readonly onReopen: (listener: (nick: string | undefined) => void) => () => void;
  /** Back to the shell until the program is continued. */
  readonly suspend: () => Promise<void>;
}

/** First the nickname, if nobody has one yet; then the chat. */
export function App(props: AppProps): ReactElement {
  const {
    themeOf: themeOn,
    firstTheme,
    knownNick,
    suggestedNick,
    notices,
    open,
    onBackground,
    onCancel,
    onReopen,
    forget,
  } = props;
  const { columns, rows } = useSize(forget);
  const [{ nick, time }, setOpening] = useState({ nick: knownNick, time: 0 });
  const [controller, setController] = useState<Controller>();
  const { exit } = useApp();
  useEffect(() => {
    if (nick === undefined) return;
    open(nick).then(setController, exit);
  }, [nick, time, open, exit]);
  useEffect(
    () =>
      onReopen((next) => {
        setController(undefined);
        setOpening((before) => ({ nick: next ?? before.nick, time: before.time + 1 }));
      }),
    [onReopen],
  );
  const [background, setBackground] = useState<Hex>();
  // An answer that came after a failed start would be left to the shell.
  const started = nick === undefined || controller !== undefined;
  useEffect(() => (started ? onBackground(setBackground) : undefined), [started, onBackground]);
  const themeOf = useCallback(
    (chosen: Preferences['theme']) => themeOn(chosen, background),
    [themeOn, background],
  );
  const theme = useMemo(() => themeOf(firstTheme), [themeOf, firstTheme]);
  return (
    <ThemeContext value={theme}>
      {controller ? (
        <Chat {...props} themeOf={themeOf} controller={controller} columns={columns} rows={rows} />
      ) : nick === undefined ? (
        <NickScreen
          suggested={suggestedNick}
          notices={notices}
          columns={columns}
          rows={rows}
          onNick={(chosen) => setOpening({ nick: chosen, time: 0 })}
          onCancel={onCancel}
        />
      ) : (
        <Box width={columns} height={rows}>
          <SpanRow spans={[span(' Opening your profile …', 'dim')]} />
        </Box>
      )}
    </ThemeContext>
  );
}

function Chat({
  controller,
  columns,
  rows,
  forget,
  suspend,
  onPointer,
  themeOf,
  hyperlinks,
}: AppProps & {
  readonly controller: Controller;
  readonly columns: number;
  readonly rows: number;
}): ReactElement {
  const reader = useIsScreenReaderEnabled();
  const { suspendTerminal } = useApp();
  const [, bump] = useState(0);
  const redraw = useCallback(() => {
    forget();
    bump((count) => count + 1);
  }, [forget]);
  const keys = useMemo(() => {
    const screen = { redraw, suspend: () => void suspendTerminal(suspend) };
    return new Keys(controller, screen);
  }, [controller, redraw, suspend, suspendTerminal]);
  const chosen = useSyncExternalStore(
    controller.store.subscribe,
    () => controller.store.get().preferences.theme,
  );
  const theme = useMemo(() => themeOf(chosen), [themeOf, chosen]);
  const Screen = reader ? LogScreen : ChatScreen;
  return (
    <ThemeContext value={theme}>
      <LinkContext value={hyperlinks}>
        <Screen controller={controller} keys={keys} columns={columns} rows={rows} onPointer={onPointer} />
      </LinkContext>
    </ThemeContext>
  );
}
