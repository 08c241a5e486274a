import type { SavedLine } from '../client/saving/collect.ts';
import { textLine } from '../client/saving/export.ts';
import { Names } from '../client/people/person-names.ts';
import { fullName } from '../client/people/resolve-person.ts';
import type { RoomState } from '../client/session-events.ts';
import { taggedLine } from '../client/saving/tagged-lines.ts';
import { sentence } from '../client/words/refusal-words.ts';
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
  const tellState = (state: RoomState): void => {
    if (state === 'online' && away) err('Connected again.');
    const lost = state === 'host-offline' || state === 'reconnecting';
    if (lost && !away) err(`${roomStateWords(state)}.`);
    if (lost || state === 'online') away = lost;
  };
  const print = (saved: SavedLine): void => out(textLine(taggedLine(saved, (names ??= namesNow()))));
  return {
    event(event) {
      if (event.type === 'members' || event.type === 'ready' || event.type === 'people') names = undefined;
      if (event.type === 'line') print({ type: 'line', line: event.line });
      else if (event.type === 'whisper') {
        if (event.whisper.gap) out(whisperGapWords);
        print({ type: 'whisper', whisper: event.whisper });
      } else if (event.type === 'state') tellState(event.state);
      else if (event.type === 'gap') out(gapWords(event.from, event.to));
      else if (event.type === 'resumed' && event.reason) out(resumeWords(event.reason));
      else if (event.type === 'failed') err(sentence(event.code, event));
      else if (event.type === 'whisper-state' && event.state === 'refused')
        err(sentence(event.code ?? 'not-delivered', event.nick === undefined ? {} : { name: event.nick }));
      else if (event.type === 'whisper-state' && event.state === 'expired') err(expiredWords);
      else if (event.type === 'changed-key')
        err(changedKeyWords(fullName(event.who), event.was.map(fullName)));
      else if (event.type === 'removed') err(sentence(event.code, event));
      else if (event.type === 'changed' && event.line) print({ type: 'line', line: event.line });
      else if (event.type === 'signed-in-elsewhere') err(sentence(event.type));
      else if (event.type === 'suspicious') err(suspicionWords(event.what, event.count));
      else if (event.type === 'terms') err(termsWords(event));
    },
    history: (line) => print({ type: 'line', line }),
    answer: (text) => out(text),
    refused: (_line, _code, text) => err(text),
  };
}
