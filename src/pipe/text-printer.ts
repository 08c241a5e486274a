import type { SavedLine } from '../client/saving/collect.ts';
import { textLine } from '../client/saving/export.ts';
import { Names } from '../client/people/person-names.ts';
import type { RoomSessionEvent } from '../client/session-events.ts';
import { taggedLine } from '../client/saving/tagged-lines.ts';
import { plainSentence } from '../client/words/plain-words.ts';
import {
  changedKeyWords,
  expiredWords,
  gapWords,
  resumeWords,
  roomStateWords,
  suspicionWords,
  termsWords,
  whisperGapWords,
} from '../client/words/state-words.ts';
import type { PipePrinter } from './pipe.ts';
import { defined } from '../shared/defined.ts';

/** Prints what a `/save` file would hold, by `out`; what went wrong goes to `err`. */
export function textPrinter(
  out: (line: string) => void,
  err: (line: string) => void,
  namesNow: () => Names = () => new Names([]),
): PipePrinter {
  // Finding out who could be taken for whom is not for every line of a large room.
  let names: Names | undefined;
  let away = false;
  /** Who waits for a line to be stored hears why that takes so long. */
  const tellState = ({ state, reason }: Extract<RoomSessionEvent, { type: 'state' }>): void => {
    if (state === 'online' && away) err('Connected again.');
    const lost = state === 'host-offline' || state === 'reconnecting';
    if (lost && !away) err(`${roomStateWords(state, state === 'host-offline' ? reason : undefined)}.`);
    if (lost || state === 'online') away = lost;
  };
  const print = (saved: SavedLine): void => out(textLine(taggedLine(saved, (names ??= namesNow()))));
  return {
    event(event) {
      switch (event.type) {
        case 'members':
        case 'ready':
        case 'people':
          names = undefined;
          return;
        case 'line':
          return print({ type: 'line', line: event.line });
        case 'changed':
          if (event.line) print({ type: 'line', line: event.line });
          return;
        case 'whisper':
          if (event.whisper.gap) out(whisperGapWords);
          return print({ type: 'whisper', whisper: event.whisper });
        case 'state':
          return tellState(event);
        case 'gap':
          return out(gapWords(event.from, event.to));
        case 'resumed':
          if (event.reason) out(resumeWords(event.reason));
          return;
        case 'failed':
        case 'removed':
          return err(plainSentence(event.code, event));
        case 'signed-in-elsewhere':
          return err(plainSentence(event.type));
        case 'whisper-state':
          if (event.state === 'refused')
            err(plainSentence(event.code ?? 'not-delivered', defined({ name: event.nick })));
          if (event.state === 'expired') err(expiredWords);
          return;
        case 'changed-key':
          return err(changedKeyWords(event));
        case 'suspicious':
          return err(suspicionWords(event.what, event.count));
        case 'terms':
          return err(termsWords(event));
        case 'archive-failed':
          return err(event.text);
        default:
          return;
      }
    },
    history: (line) => print({ type: 'line', line }),
    answer: (text) => out(text),
    refused: (_line, _code, text) => err(text),
  };
}
