import { userInfo } from 'node:os';
import { cleanNick } from '../../shared/text.ts';

/** A first nickname to offer: the login name, where it can be one. */
export function suggestedNick(): string | undefined {
  try {
    return cleanNick(userInfo().username);
  } catch {
    // A container's user may have no name.
    return undefined;
  }
}
