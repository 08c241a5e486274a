import type { Archive } from '../../src/client/archive/archive.ts';
import { RoomLog, type RoomHint } from '../../src/client/log/room-log.ts';
import { Roster } from '../../src/client/log/roster.ts';
import type { RoomEventBody } from '../../src/client/session-events.ts';
import { identityKey, roomId } from '../../src/shared/ids.ts';
import { ManualClock } from '../link/manual-clock.ts';
import { PaperHost, person } from './peers/paper-host.ts';

/** Ada follows a room on paper, `archive` being hers, in which bob and cleo are too. */
export function followed(archive: Archive, host = new PaperHost()) {
  const [ada, bob, cleo] = [person(), person(), person()];
  const clock = new ManualClock();
  const events: RoomEventBody[] = [];
  const asked: { rid: number; from: number; to: number }[] = [];
  const confirmed: number[] = [];
  const hints: RoomHint[] = [];
  let disagreements = 0;
  const roster = new Roster();
  const log = new RoomLog({
    room: roomId(host.room),
    host: identityKey(host.signer.publicKey),
    self: identityKey(ada.publicKey),
    clock,
    rooms: archive.rooms,
    people: archive.people,
    roster,
    emit: (event) => events.push(event),
    ask: (rid, from, to) => asked.push({ rid, from, to }) > 0,
    confirmed: (_, seq) => confirmed.push(seq),
    hint: (hint) => hints.push(hint),
    topicChanged: () => undefined,
    rulesChanged: () => undefined,
    disagreed: () => disagreements++,
  });
  const members = [
    [ada, 'ada'],
    [bob, 'bob'],
    [cleo, 'cleo'],
  ] as const;
  const enter = (changes: Parameters<PaperHost['welcome']>[1] = {}) => {
    const welcome = host.welcome(members, changes);
    roster.reset(welcome.roster, welcome.rosterSize);
    log.welcomed(welcome);
    let synced = false;
    log.sync(welcome, () => (synced = true));
    return () => synced;
  };
  const texts = () =>
    events.flatMap((event) => (event.type === 'line' && event.line.kind === 'text' ? event.line.text : []));
  const suspicions = () => events.flatMap((event) => (event.type === 'suspicious' ? event.what : []));
  const gaps = () => events.filter((event) => event.type === 'gap');
  return {
    host,
    ada,
    bob,
    cleo,
    clock,
    events,
    asked,
    confirmed,
    roster,
    log,
    enter,
    texts,
    suspicions,
    gaps,
    hints: () => hints,
    disagreements: () => disagreements,
  };
}
