/** Told to the second process of one profile. */
export function guestNotice(nick: string): string {
  return `This profile is open in another terminal; you are the guest ${nick} here until you leave.`;
}
