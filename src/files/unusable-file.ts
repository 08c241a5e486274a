import { codeOf } from '../shared/error-code.ts';
import { deniedCode } from './sqlite-errors.ts';

/** A file or folder of ours cannot be used as it is; `text` names it and the remedy. Exit code 78. */
export class UnusableFileError extends Error {
  readonly code = 'profile';
  readonly text: string;
  constructor(text: string, options?: ErrorOptions) {
    super(text, options);
    this.name = 'UnusableFileError';
    this.text = text;
  }
}

/**
 * Runs `use`; what the system or SQLite says of `path` (no space, no permission) becomes a `UnusableFileError`. `option` is
 * the one that chooses its folder.
 */
export function namingThePath<Value>(path: string, use: () => Value, option?: string): Value {
  try {
    return use();
  } catch (error) {
    if (error instanceof UnusableFileError) throw error;
    throw unusable(path, error, option);
  }
}

/** What SQLite was not let do, as `namingThePath` says it; undefined for anything else, such as damage. */
export function outOfReach(path: string, error: unknown, option?: string): UnusableFileError | undefined {
  return deniedCode(error) === undefined ? undefined : unusable(path, error, option);
}

function unusable(path: string, error: unknown, option = '--home'): UnusableFileError {
  return new UnusableFileError(`Cannot use ${path}: ${systemReason(error, option)}.`, { cause: error });
}

function systemReason(error: unknown, option: string): string {
  switch (deniedCode(error) ?? codeOf(error)) {
    case 'ENOSPC':
      return 'the disk is full; make room and try again';
    case 'EACCES':
    case 'EPERM':
      return `permission denied; give yourself access to it, or choose another folder with ${option}`;
    case 'READONLY':
      return `it cannot be written; give yourself access to it, or choose another folder with ${option}`;
    case 'CANTOPEN':
      return `it cannot be opened; give yourself access to it and its folder, or choose another folder with ${option}`;
    case 'EROFS':
      return `the disk is read-only; choose another folder with ${option}`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `a file is in the way of a folder; move it away, or choose another folder with ${option}`;
    case 'ENOENT':
      return `no folder can be made there; choose another one with ${option}`;
    default:
      return error instanceof Error ? error.message : 'unknown reason';
  }
}
