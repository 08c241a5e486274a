import type { ChatClient } from '../client/api.ts';
import type { Person, RoomLine, WhisperLine } from '../client/session-events.ts';
import { wordMatcher } from '../shared/word-matcher.ts';
import type { Searched } from './finder.ts';

/** Whispers with one person that a search looks through, the newest. */
const MAX_SEARCHED = 10_000;
const AT_ONCE = 1_000;

/** What was whispered with somebody, as a room is searched; there is no host that could have more. */
export function whispersWith(client: ChatClient, { key }: Person): Searched {
  return {
    unfetched: 0,
    state: 'online',
    fetchOlder: () => Promise.resolve(0),
    search(words, limit) {
      const asked = words.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? [];
      if (asked.length === 0) return [];
      const matches = wordMatcher(asked);
      const hits: RoomLine[] = [];
      let page = client.whispers(AT_ONCE, key);
      for (let looked = page.length; ; looked += page.length) {
        for (const whisper of page.toReversed()) {
          if (!matches(whisper.text)) continue;
          if (hits.push(hitOf(whisper, client.self)) === limit) return hits;
        }
        const [of] = page;
        if (!of || page.length < AT_ONCE || looked >= MAX_SEARCHED) return hits;
        page = client.whispers(AT_ONCE, key, { side: 'before', of });
      }
    },
  };
}

function hitOf({ id, at, sentAt, mine, text, with: who }: WhisperLine, self: Person): RoomLine {
  // Without a number it would be taken for a line of an earlier log.
  return { seq: 0, id, at, sentAt, by: mine ? self : who, kind: 'text', text };
}
