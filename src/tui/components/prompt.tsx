import { Box, useInput } from 'ink';
import type { ReactElement } from 'react';
import type { Prompt } from '../store/state.ts';
import { strokesOf } from '../strokes.ts';
import { printableLine, span, type Span } from '../view/span.ts';
import { wrapSpans } from '../view/wrap.ts';
import { SpanRow } from './rows.tsx';
import { TextField } from './text-field.tsx';

/** Rows that a prompt would like to have of the input's place. */
export function promptRows(prompt: Prompt, columns: number): number {
  return asked(prompt, columns).length + (prompt.type === 'secret' ? 1 : 0);
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
  const fieldRows = prompt.type === 'secret' ? 1 : 0;
  const whole = asked(prompt, columns);
  const fitting = whole.length + fieldRows <= height ? whole : asked(prompt, columns, '');
  return (
    <Box flexDirection="column" height={height} flexShrink={0}>
      {fitting.slice(0, Math.max(1, height - fieldRows)).map((spans, index) => (
        <SpanRow key={index} spans={spans} />
      ))}
      {prompt.type === 'confirm' ? (
        <YesOrNo key={prompt.id} onAnswer={onAnswer} />
      ) : (
        <Box width={columns}>
          <Box width={2} flexShrink={0} />
          <TextField key={prompt.id} mask="•" onSubmit={onAnswer} onCancel={() => onAnswer(undefined)} />
        </Box>
      )}
    </Box>
  );
}

const hints = { secret: 'Enter sends it, Esc gives up', confirm: 'y or n' } as const;

/** The question and what to press, in as many rows as that takes. */
function asked(
  { question, type }: Prompt,
  columns: number,
  hint: string = hints[type],
): readonly (readonly Span[])[] {
  const words = [span('? ', 'mention'), span(printableLine(question), 'strong'), span(`  ${hint}`, 'dim')];
  return wrapSpans(words, columns);
}

/** Nothing to see: the question says what to press. */
function YesOrNo({ onAnswer }: { readonly onAnswer: (answer: string | undefined) => void }): null {
  useInput((input, key) => {
    for (const stroke of strokesOf(input, key)) {
      if (stroke.type === 'text') {
        const answer = /^y/i.test(stroke.text) ? 'yes' : /^n/i.test(stroke.text) ? undefined : 'unclear';
        if (answer !== 'unclear') return onAnswer(answer);
      } else if (stroke.chord === 'escape' || stroke.chord === 'ctrl+c') return onAnswer(undefined);
    }
  });
  return null;
}
