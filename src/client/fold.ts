/** How names of people and titles of rooms are compared. */
export function fold(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
