/** Everything reachable from `start`, itself included. */
export function closure(start, next) {
  const seen = new Set(start);
  for (const each of seen) for (const found of next(each)) seen.add(found);
  return seen;
}
