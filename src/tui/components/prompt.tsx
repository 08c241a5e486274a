import { Box, Text, useInput } from 'ink';
import type { ReactElement } from 'react';
import type { Prompt } from '../store/state.ts';
import { strokesOf } from '../strokes.ts';
import { cutSpans, printableLine, span, type Span } from '../view/span.ts';
import { wrapSpans } from '../view/wrap.ts';
import { SpanRow } from './rows.tsx';
import { TextField } from './text-field.tsx';

const SECRET_ROWS = 2;

/** Rows that a prompt would like to have of the input's place. */
export function promptRows(prompt: Prompt, columns: number): number {
  return prompt.type === 'secret' ? SECRET_ROWS : questionRows(prompt, columns).length;
}

/** A question over the input: a masked secret, or yes or no. */
export function PromptOverlay({
  prompt,
  columns,
  height,
  onAnswer,
}: {
  readonly prompt: Prompt;
  readonly columns: number;
  readonly height: number;
  readonly onAnswer: (answer: string | undefined) => void;
}): ReactElement {
  if (prompt.type === 'confirm')
    return (
      <YesOrNo
        key={prompt.id}
        rows={questionRows(prompt, columns).slice(0, height)}
        height={height}
        onAnswer={onAnswer}
      />
    );
  const hint = span('  Enter sends it, Esc gives up', 'dim');
  return (
    <Box flexDirection="column" height={height} flexShrink={0}>
      <SpanRow spans={cutSpans([...question(prompt), hint], columns)} />
      <Box width={columns}>
        <Text>{'  '}</Text>
        <TextField key={prompt.id} mask="•" onSubmit={onAnswer} onCancel={() => onAnswer(undefined)} />
      </Box>
    </Box>
  );
}

function question({ question: words }: Prompt): readonly Span[] {
  return [span('? ', 'mention'), span(printableLine(words), 'strong')];
}

function questionRows(prompt: Prompt, columns: number): readonly (readonly Span[])[] {
  return wrapSpans([...question(prompt), span('  y or n', 'dim')], columns);
}

function YesOrNo({
  rows,
  height,
  onAnswer,
}: {
  readonly rows: readonly (readonly Span[])[];
  readonly height: number;
  readonly onAnswer: (answer: string | undefined) => void;
}): ReactElement {
  useInput((input, key) => {
    for (const stroke of strokesOf(input, key)) {
      if (stroke.type === 'text') {
        const answer = /^y/i.test(stroke.text) ? 'yes' : /^n/i.test(stroke.text) ? undefined : 'unclear';
        if (answer !== 'unclear') return onAnswer(answer);
      } else if (stroke.chord === 'escape' || stroke.chord === 'ctrl+c') return onAnswer(undefined);
    }
  });
  return (
    <Box flexDirection="column" height={height} flexShrink={0}>
      {rows.map((spans, index) => (
        <SpanRow key={index} spans={spans} />
      ))}
    </Box>
  );
}
