import { describe, expect, it } from 'vitest';
import { ArchiveDatabase } from '../../../src/client/archive/archive-database.ts';
import { SqlitePeopleArchive } from '../../../src/client/archive/people-archive.ts';
import { identityKey, type IdentityKey } from '../../../src/shared/ids.ts';

const MOST = 10;

function key(number: number): IdentityKey {
  return identityKey(new Uint8Array(32).fill(number));
}

describe('the people of an archive', () => {
  it('are no more than so many, also where each run of the program meets only a few', () => {
    const db = new ArchiveDatabase(':memory:');
    for (let met = 1; met <= 3 * MOST; met++)
      new SqlitePeopleArchive(db, MOST).meet({ key: key(met), nick: `p${met}` }, met);
    const people = new SqlitePeopleArchive(db, MOST);
    expect(Number(db.get('SELECT count(*) AS many FROM person')?.['many'])).toBe(MOST);
    expect(people.get(key(2 * MOST))).toBeUndefined();
    expect(people.get(key(3 * MOST))).toMatchObject({ nick: 'p30' });
    db.close();
  });

  it('stay, however long ago they were seen, where this profile knows them by name', () => {
    const db = new ArchiveDatabase(':memory:');
    const known = { key: key(1), nick: 'ada' };
    const first = new SqlitePeopleArchive(db, MOST);
    first.meet(known, 1);
    first.pinNick(known, 1);
    for (let met = 2; met <= 3 * MOST; met++)
      new SqlitePeopleArchive(db, MOST).meet({ key: key(met), nick: `p${met}` }, met);
    expect(first.get(known.key)).toMatchObject({ nick: 'ada' });
    db.close();
  });
});
