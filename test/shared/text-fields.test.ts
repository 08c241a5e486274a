import { describe, expect, it } from 'vitest';
import * as events from '../../src/shared/room/events.ts';
import * as handshake from '../../src/shared/room/handshake.ts';
import * as messages from '../../src/shared/room/messages.ts';
import * as whisper from '../../src/shared/room/whisper.ts';
import * as control from '../../src/shared/wire/control.ts';
import * as listing from '../../src/shared/wire/listing.ts';
import { tableTexts, textPaths } from '../support/schema-texts.ts';

/*
 * Every text a peer can choose, and how hostile text is sent through it. A field that is missing here has to be sent
 * through `test/pty/hostile-text.test.ts` (or where else it can come out) before it is added.
 */
const covered: Readonly<Record<string, string>> = {
  // Sent by the host and members of test/pty/hostile-text.test.ts, and read on screens, in pipes and files.
  'hello.name': 'relay',
  'hello.terms': 'relay',
  'listing.title': 'directory',
  'listing.topic': 'directory',
  'welcome.title': 'host',
  'welcome.topic': 'host',
  'welcome.rules.motd': 'host',
  'welcome.roster[].nick': 'host',
  'welcome.roster[].status': 'host',
  'refused.reason': 'host',
  'closing.reason': 'host',
  'bans.bans[].nick': 'host',
  'bans.bans[].reason': 'host',
  'cast presence.status': 'host',
  'room-opened.title': 'event',
  'room-opened.topic': 'event',
  'text.text': 'event',
  'me.text': 'event',
  'topic-changed.topic': 'event',
  'nick-changed.nick': 'event',
  'kicked.reason': 'event',
  'banned.reason': 'event',
  'motd-changed.motd': 'event',
  'edited.text': 'event',
  'reacted.emoji': 'event',
  'member-joined.nick': 'event',
  'member-left.reason': 'event',
  'whisper nick': 'mail',
  'whisper text': 'mail',
  // Cleaned where `welcome.roster` is, by the same code (`src/client/log/roster.ts`).
  'roster.members[].nick': 'roster',
  'roster.members[].status': 'roster',
  'page.former[].nick': 'roster',
  // Only links as `parseInvite` reads them, to this room (test/client/invites.test.ts).
  'invited.link': 'invite',
  'invite.link': 'invite',
  // Sent to a relay or a host, whose logs test/e2e/hostile-logs.test.ts reads.
  'login.app': 'member',
  'presence.status': 'member',
  'leave.reason': 'member',
  'hello nick': 'member',
  'hello caps[]': 'member',
  // Only `[a-z0-9_-]` (`isName`) on both sides; searched for, but never shown.
  'claim-name.name': 'name',
  'lookup.by.name': 'name',
  'release-name.name': 'name',
  'ask-backup.name': 'name',
  'get-backup.name': 'name',
  'name-found.name': 'name',
  'names.names[].name': 'name',
  'search-names.text': 'search',
};

describe('texts that peers choose', () => {
  it('are all covered by tests of hostile text', () => {
    const prefixed = (prefix: string, paths: readonly string[]): string[] =>
      paths.map((path) => `${prefix}${path}`);
    const all = [
      ...tableTexts(control.requestSchemas),
      ...tableTexts(control.replySchemas),
      ...prefixed('listing.', textPaths(listing.listingSchema)),
      ...tableTexts(messages.memberMessages),
      ...tableTexts(messages.hostMessages),
      ...prefixed('cast ', tableTexts(messages.castSchemas)),
      ...tableTexts(events.eventBodies),
      ...prefixed('hello ', textPaths(handshake.memberHelloSchema)),
      ...prefixed('whisper ', textPaths(whisper.whisperSchema)),
    ];
    expect(all.toSorted()).toEqual(Object.keys(covered).toSorted());
  });
});
