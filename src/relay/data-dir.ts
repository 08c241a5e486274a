import type { RelayLimits } from './limits.ts';
import { memoryStore, type Store } from './store.ts';

export function openDataDir(_path: string, limits: RelayLimits): Promise<Store> {
  return Promise.resolve(memoryStore(limits));
}
