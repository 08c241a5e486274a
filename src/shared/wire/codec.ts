import type * as v from 'valibot';
import { plainBytes, readU32 } from '../bytes.ts';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { ProtocolError } from '../errors.ts';
import { MAX_CONTROL_BYTES } from '../limits.ts';
import { parseNamed } from '../schema.ts';
import { replySchemas, requestSchemas, type Reply, type Request } from './control.ts';

/** First byte of every WebSocket message. */
export const frameTypes = { control: 0x01, send: 0x02, cast: 0x03 } as const;

/** Bytes before the payload of a `send` or `cast`: type ‖ u32 circuit or room handle. */
export const DATA_HEADER_BYTES = 5;

/** One message of the relay wire. `send.circuit` and `cast.handle` are u32, unique in the relay. */
export type Frame<Message> =
  | { readonly type: 'control'; readonly message: Message }
  | { readonly type: 'send'; readonly circuit: number; readonly payload: Uint8Array }
  | { readonly type: 'cast'; readonly handle: number; readonly payload: Uint8Array };

export function encodeControl(message: Request | Reply): Uint8Array {
  const body = encodeCbor(message);
  const frame = new Uint8Array(1 + body.length);
  frame[0] = frameTypes.control;
  frame.set(body, 1);
  return frame;
}

export function encodeSend(circuit: number, payload: Uint8Array): Uint8Array {
  return dataFrame(frameTypes.send, circuit, payload);
}

export function encodeCast(handle: number, payload: Uint8Array): Uint8Array {
  return dataFrame(frameTypes.cast, handle, payload);
}

/** What a relay receives. Throws `ProtocolError`. The payload is a view of `bytes`. */
export function decodeFromClient(bytes: Uint8Array): Frame<Request> {
  return decodeFrame(bytes, decodeRequest);
}

/** What a client receives. Throws `ProtocolError`. The payload is a view of `bytes`. */
export function decodeFromRelay(bytes: Uint8Array): Frame<Reply> {
  return decodeFrame(bytes, decodeReply);
}

/** The body of a control frame from a client. Throws `ProtocolError`. */
export function decodeRequest(body: Uint8Array): Request {
  return decodeControl(body, requestSchemas) as Request;
}

/** The body of a control frame from a relay. Throws `ProtocolError`. */
export function decodeReply(body: Uint8Array): Reply {
  return decodeControl(body, replySchemas) as Reply;
}

function decodeFrame<Message>(bytes: Uint8Array, decodeBody: (body: Uint8Array) => Message): Frame<Message> {
  const type = bytes[0];
  if (type === frameTypes.control) return { type: 'control', message: decodeBody(bytes.subarray(1)) };
  if (type !== frameTypes.send && type !== frameTypes.cast) throw new ProtocolError('unknown frame type');
  if (bytes.length <= DATA_HEADER_BYTES) throw new ProtocolError('frame without a payload');
  const id = readU32(bytes, 1);
  const payload = plainBytes(bytes.subarray(DATA_HEADER_BYTES));
  return type === frameTypes.send
    ? { type: 'send', circuit: id, payload }
    : { type: 'cast', handle: id, payload };
}

function decodeControl(body: Uint8Array, schemas: Readonly<Record<string, v.GenericSchema>>): unknown {
  if (body.length > MAX_CONTROL_BYTES) throw new ProtocolError('control frame too large', 'too-large');
  return parseNamed(schemas, decodeCbor(body));
}

function dataFrame(type: number, id: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(DATA_HEADER_BYTES + payload.length);
  frame[0] = type;
  new DataView(frame.buffer).setUint32(1, id);
  frame.set(payload, DATA_HEADER_BYTES);
  return frame;
}
