import { codeOf } from '../shared/error-code.ts';

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

/** Runs `use`; what the system says of `path` (no space, no permission) becomes a `UnusableFileError`. */
export function namingThePath<Value>(path: string, use: () => Value): Value {
  try {
    return use();
  } catch (error) {
    if (error instanceof UnusableFileError) throw error;
    throw new UnusableFileError(`Cannot use ${path}: ${systemReason(error)}.`, { cause: error });
  }
}

function systemReason(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOSPC':
      return 'the disk is full; make room and try again';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied; give yourself access to it, or choose another folder with --home';
    case 'EROFS':
      return 'the disk is read-only; choose another folder with --home';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a file is in the way of a folder; move it away, or choose another folder with --home';
    case 'ENOENT':
      return 'no folder can be made there; choose another one with --home';
    default:
      return error instanceof Error ? error.message : 'unknown reason';
  }
}
