import { accessSync, constants } from 'node:fs';
import { makeFolders } from '../files/private-files.ts';
import { codeOf } from '../shared/error-code.ts';
import { StoreError } from './store-error.ts';

/** Files in a relay's data folder. */
export const DATABASE_FILE = 'relay.db';
export const KEY_FILE = 'relay.key';

/** Makes the folder with mode 0700 where it is missing. Throws `StoreError`, also where it may not be used. */
export function makeDataFolder(path: string): void {
  try {
    makeFolders(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StoreError(
      `the data folder ${path} cannot be used (${codeOf(error)}): choose another with --data`,
      { cause: error },
    );
  }
}
