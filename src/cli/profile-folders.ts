import { isProfileName, resolveFolders, type Folders } from '../files/folders.ts';
import { printable, UsageError, type OptionValues } from './parse.ts';

/** Where the profile that was asked for keeps things. Throws `UsageError` for a name that is none. */
export function profileFolders(options: OptionValues): Folders {
  const profile = options.text('profile');
  if (profile !== undefined && !isProfileName(profile))
    throw new UsageError(
      `${options.origin('profile')} wants 1 to 32 letters, digits, _ or - and no device of Windows such as NUL, not "${printable(profile)}"`,
    );
  return resolveFolders({ home: options.text('home'), profile, env: {} });
}
