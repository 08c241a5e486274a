/** How somebody reaches a room: through a relay somebody runs, or straight over this machine or network. */
export const vias = ['relay', 'lan'] as const;
export type Via = (typeof vias)[number];

/** For messages that tell the line somebody or something is on, where a room has several. */
export function viaOf(on: { readonly via?: Via | undefined } | undefined): { readonly via?: Via } {
  return on?.via === undefined ? {} : { via: on.via };
}
