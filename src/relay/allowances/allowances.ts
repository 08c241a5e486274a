/** How much of an allowance is left; `at` is ms since 1970. */
export interface Allowance {
  readonly mark: string;
  readonly level: number;
  readonly at: number;
}

/** What is used up and must outlast a restart, by kind and mark. A promise resolves when its change survives a crash. */
export interface Allowances {
  all(kind: string): readonly Allowance[];
  put(kind: string, allowance: Allowance): Promise<void>;
  remove(kind: string, mark: string): void;
}

/** For a relay that keeps nothing. */
export const noAllowances: Allowances = {
  all: () => [],
  put: () => Promise.resolve(),
  remove: () => undefined,
};
