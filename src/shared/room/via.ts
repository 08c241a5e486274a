/** How somebody reaches a room: through a relay somebody runs, or straight over this machine or network. */
export const vias = ['relay', 'lan'] as const;
export type Via = (typeof vias)[number];
