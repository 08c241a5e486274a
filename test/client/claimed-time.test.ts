import { describe, expect, it } from 'vitest';
import { textLine } from '../../src/client/export.ts';
import { openArchive } from '../../src/client/open-archive.ts';
import { RoomLines } from '../../src/client/room-lines.ts';
import { Roster } from '../../src/client/roster.ts';
import { identityKey } from '../../src/shared/ids.ts';
import { MAX_TIME } from '../../src/shared/limits.ts';
import { decodeEvent, encodeEvent, encodeSignedEvent } from '../../src/shared/room/events.ts';
import { lineEvent } from '../../src/pipe/json-events.ts';
import { PaperHost, person } from './paper-host.ts';

describe('a time that no date can hold', () => {
  it('is the last one there is, on screens, in files and in JSON', () => {
    const archive = openArchive(':memory:');
    const host = new PaperHost();
    const { seq, hash, signed } = host.say(person(), 'hello');
    const [author, bytes, sig] = signed;
    const said = decodeEvent(bytes);
    const event = decodeEvent(encodeEvent({ ...said, time: Number.MAX_SAFE_INTEGER }));
    if (event.kind !== 'text') throw new Error('no text');
    const placed = {
      event,
      author: identityKey(author),
      authorBytes: author,
      encoded: encodeSignedEvent({ author, event: bytes, sig }),
      seq,
      hash,
    };
    const lines = new RoomLines(new Roster(), archive.people, identityKey(host.signer.publicKey));
    const line = lines.line(placed, 0, false);
    archive.close();
    expect(line).toMatchObject({ sentAt: MAX_TIME });
    if (line.kind !== 'text') throw new Error('no line');
    expect(lineEvent(line, false)).toMatchObject({ sentAt: '+275760-09-13T00:00:00.000Z' });
    expect(textLine({ type: 'line', line }, () => 0)).toContain('[+275760-09-13 00:00:00] <');
  });
});
