import { Box, Text, useInput } from 'ink';
import type { ReactElement } from 'react';
import type { Prompt } from '../store/state.ts';
import { strokesOf } from '../strokes.ts';
import { cutSpans, printableLine, span } from '../view/span.ts';
import { SpanRow } from './rows.tsx';
import { TextField } from './text-field.tsx';

/** Rows that a prompt takes from the input's place. */
export const PROMPT_ROWS = 2;

/** A question over the input: a masked secret, or yes or no. */
export function PromptOverlay({
  prompt,
  columns,
  onAnswer,
}: {
  readonly prompt: Prompt;
  readonly columns: number;
  readonly onAnswer: (answer: string | undefined) => void;
}): ReactElement {
  const hint = prompt.type === 'secret' ? 'Enter sends it, Esc gives up' : 'y or n';
  const question = [
    span('? ', 'mention'),
    span(printableLine(prompt.question), 'strong'),
    span(`  ${hint}`, 'dim'),
  ];
  return (
    <Box flexDirection="column" height={PROMPT_ROWS} flexShrink={0}>
      <SpanRow spans={cutSpans(question, columns)} />
      <Box width={columns}>
        <Text>{'  '}</Text>
        {prompt.type === 'secret' ? (
          <TextField key={prompt.id} mask="•" onSubmit={onAnswer} onCancel={() => onAnswer(undefined)} />
        ) : (
          <YesOrNo key={prompt.id} onAnswer={onAnswer} />
        )}
      </Box>
    </Box>
  );
}

function YesOrNo({ onAnswer }: { readonly onAnswer: (answer: string | undefined) => void }): ReactElement {
  useInput((input, key) => {
    for (const stroke of strokesOf(input, key)) {
      if (stroke.type === 'text') {
        const answer = /^y/i.test(stroke.text) ? 'yes' : /^n/i.test(stroke.text) ? undefined : 'unclear';
        if (answer !== 'unclear') return onAnswer(answer);
      } else if (stroke.chord === 'escape' || stroke.chord === 'ctrl+c') return onAnswer(undefined);
    }
  });
  return <Text dimColor>(y/n)</Text>;
}
