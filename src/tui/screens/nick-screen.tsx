import { Box, Text } from 'ink';
import { useState, type ReactElement } from 'react';
import { SpanRow } from '../components/rows.tsx';
import { TextField } from '../components/text-field.tsx';
import { sentence } from '../../client/words/refusal-words.ts';
import { cleanNick } from '../../shared/text.ts';
import { printable, span } from '../view/span.ts';
import { wrapText } from '../view/wrap.ts';

/** Rows of the form but for what wraps; it is placed by hand because half a row of centring would tear its lines apart. */
const FORM_ROWS = 5;
const MARGIN = 2;
const PURPOSE = 'Rooms that anyone can open, and relays that cannot read a word.';

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
  const says = wrapText(PURPOSE, columns - 2 * MARGIN);
  const hint = refused
    ? sentence('bad-nick')
    : `Type a name, or press Enter to be ${offered}. /nick changes it later.`;
  const hints = wrapText(hint, columns - 2 * MARGIN);
  const warnings = notices.flatMap((each) => [...wrapText(printable(each), columns - 2 * MARGIN), ' ']);
  const height = FORM_ROWS + says.length + warnings.length + hints.length;
  return (
    <Box
      flexDirection="column"
      width={columns}
      height={rows}
      paddingX={MARGIN}
      paddingTop={Math.max(0, Math.floor((rows - height) / 2))}
      overflow="hidden"
    >
      <SpanRow spans={[{ ...span('chat-tui', 'accent'), bold: true }]} />
      {says.map((row) => (
        <SpanRow key={row} spans={[span(row, 'dim')]} />
      ))}
      <Text> </Text>
      {warnings.map((row, index) => (
        <SpanRow key={index} spans={[span(row, 'warn')]} />
      ))}
      <SpanRow spans={[span('What shall the others call you?', 'strong')]} />
      <Box>
        <SpanRow spans={[span('› ', 'accent')]} />
        <TextField placeholder={offered} onSubmit={submit} onCancel={onCancel} />
      </Box>
      <Text> </Text>
      {hints.map((row) => (
        <SpanRow key={row} spans={[span(row, refused ? 'bad' : 'dim')]} />
      ))}
    </Box>
  );
}
