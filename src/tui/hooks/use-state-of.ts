import { useSyncExternalStore } from 'react';

interface Observable<Value> {
  readonly get: () => Value;
  readonly subscribe: (listener: () => void) => () => void;
}

/** The value of a store, drawn anew whenever it says so. */
export function useStateOf<Value>(source: Observable<Value>): Value {
  return useSyncExternalStore(source.subscribe, source.get);
}
