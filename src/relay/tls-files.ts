export interface TlsFiles {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}
