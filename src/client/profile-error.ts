/** The profile cannot be used as it is; `text` names the file and the remedy. Exit code 78. */
export class ProfileError extends Error {
  readonly code = 'profile';
  readonly text: string;
  constructor(text: string) {
    super(text);
    this.name = 'ProfileError';
    this.text = text;
  }
}

/** Runs `use`; what the system says of `path` (no space, no permission) becomes a `ProfileError`. */
export function namingThePath<Value>(path: string, use: () => Value): Value {
  try {
    return use();
  } catch (error) {
    if (error instanceof ProfileError) throw error;
    throw new ProfileError(`Cannot use ${path}: ${systemReason(error)}.`);
  }
}

function systemReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
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
    default:
      return error instanceof Error ? error.message : 'unknown reason';
  }
}
