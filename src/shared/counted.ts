/** `1 member`, `2 members`. */
export function counted(many: number, one: string): string {
  return `${many} ${many === 1 ? one : `${one}s`}`;
}
