import { Box } from 'ink';
import { useState, type ReactElement } from 'react';
import { SpanRow } from '../components/rows.tsx';
import { TextField } from '../components/text-field.tsx';
import { sentence } from '../../client/words/refusal-words.ts';
import { cleanNick } from '../../shared/text.ts';
import { printable, span, type Span } from '../view/span.ts';
import { wrapText } from '../view/wrap.ts';

const MARGIN = 2;
const PURPOSE = 'Rooms that anyone can open, and relays that cannot read a word.';
const QUESTION = 'What shall the others call you?';

/** The one question somebody new is asked. */
export function NickScreen({
  suggested,
  notices,
  columns,
  rows,
  onNick,
  onCancel,
}: {
  readonly suggested: string;
  readonly notices: readonly string[];
  readonly columns: number;
  readonly rows: number;
  readonly onNick: (nick: string) => void;
  readonly onCancel: () => void;
}): ReactElement {
  const [refused, setRefused] = useState(false);
  const offered = cleanNick(suggested) ?? 'guest';
  const submit = (value: string): void => {
    const nick = cleanNick(value.trim() === '' ? offered : value);
    if (nick === undefined) setRefused(true);
    else onNick(nick);
  };
  const hint = refused
    ? sentence('bad-nick')
    : `Type a name, or press Enter to be ${offered}. /nick changes it later.`;
  const wrapped = (text: string, look: Omit<Span, 'text'>): Span[] =>
    wrapText(text, columns - 2 * MARGIN).map((row) => ({ ...look, text: row }));
  const question = wrapped(QUESTION, { tone: 'strong' });
  const hints = wrapped(hint, { tone: refused ? 'bad' : 'dim' });
  const head = [
    { ...span('chat-tui', 'accent'), bold: true },
    ...wrapped(PURPOSE, { tone: 'dim' }),
    span(' '),
  ];
  const warnings = notices.flatMap((each) => [...wrapped(printable(each), { tone: 'warn' }), span(' ')]);
  // What is nearest to the question stays longest in a window that is too small.
  const room = Math.max(0, rows - question.length - 1);
  const behind = hints.length < room ? [span(' '), ...hints] : hints.slice(0, room);
  const above = warnings.length <= room - behind.length ? warnings : [];
  const spare = room - behind.length - above.length;
  const top = head.length <= spare ? head : [];
  // It is placed by hand because half a row of centring would tear its lines apart.
  return (
    <Box
      flexDirection="column"
      width={columns}
      height={rows}
      paddingX={MARGIN}
      paddingTop={Math.floor((spare - top.length) / 2)}
      overflow="hidden"
    >
      <SpanRows rows={[...top, ...above, ...question]} />
      <Box>
        <Box flexShrink={0}>
          <SpanRow spans={[span('› ', 'accent')]} />
        </Box>
        <TextField placeholder={offered} onSubmit={submit} onCancel={onCancel} />
      </Box>
      <SpanRows rows={behind} />
    </Box>
  );
}

function SpanRows({ rows }: { readonly rows: readonly Span[] }): ReactElement[] {
  return rows.map((row, index) => <SpanRow key={index} spans={[row]} />);
}
