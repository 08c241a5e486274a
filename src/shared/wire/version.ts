/** WebSocket subprotocol; another wire is another name, never a negotiation. */
export const SUBPROTOCOL = 'tc.v1';
/** The one path a relay upgrades. */
export const RELAY_PATH = '/tc';
export const WIRE_VERSION = 1;
