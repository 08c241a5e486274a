import { SqliteHistory } from '../../src/host/history/sqlite-history.ts';
import {
  chainNext,
  encodeEvent,
  encodeSignedEvent,
  labels,
  randomBytes,
  type Signer,
} from '../../src/shared/public.ts';

/** Above the counter of anything the author has posted so far. */
const FIRST_COUNTER = 1_000_000;

/** Puts so many lines of `author` at the end of a room's log that nobody hosts now: said one by one they would take minutes. */
export function lengthenLog(
  file: string,
  author: Signer,
  count: number,
  text: (index: number) => string,
): void {
  const history = new SqliteHistory(file);
  const record = history.record();
  if (!record) throw new Error('no room in that file');
  const { room, log } = record;
  let { seq, hash } = history.head();
  const events = Array.from({ length: count }, (_, index) => {
    const id = randomBytes(16);
    const counter = FIRST_COUNTER + index;
    const time = Date.now() - (count - index) * 1_000;
    const event = encodeEvent({ room, log, id, counter, time, kind: 'text', body: { text: text(index) } });
    const signed = encodeSignedEvent({
      author: author.publicKey,
      event,
      sig: author.sign(labels.ev, event),
    });
    seq += 1;
    hash = chainNext(hash, seq, signed);
    return { seq, author: author.publicKey, id, hash, signed };
  });
  const known = history.member(author.publicKey);
  const members = known ? [{ ...known, counter: FIRST_COUNTER + count }] : [];
  history.append({ events, members });
  history.close();
}
