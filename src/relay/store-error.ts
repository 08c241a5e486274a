import { UnusableFileError } from '../files/unusable-file.ts';

/** The data folder cannot be used; it is made of what happened and the remedy, without the full stop. */
export class StoreError extends UnusableFileError {
  constructor(message: string, options?: ErrorOptions) {
    super(`${message}.`, options);
    this.name = 'StoreError';
  }
}

/** A file cannot be made or written where it was wanted. Exit code 73. */
export class CannotCreateError extends StoreError {}
