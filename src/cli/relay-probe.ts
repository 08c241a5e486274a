import { randomBytes, type X509Certificate } from 'node:crypto';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { TLSSocket } from 'node:tls';
import { hasScope, parseRelayAddress, socketUrl } from '../link/relay-url.ts';
import { overdue, validityOf } from '../relay/certificate.ts';
import { codeOf } from '../shared/error-code.ts';
import { SECOND } from '../shared/limits.ts';
import { SUBPROTOCOL } from '../shared/wire/version.ts';

const ANSWER_MS = 5 * SECOND;

/** What somebody who knocks at a relay's door meets: it opens, something else answers, or nothing does. */
type Answer =
  | { readonly opened: true; readonly certificate?: X509Certificate | undefined }
  | { readonly status: number }
  | { readonly failure: string };

/** Why a relay could not be reached, with what to do; undefined where it can be by now, or nothing more is known. */
export async function relayTrouble(url: string): Promise<string | undefined> {
  const address = parseRelayAddress(url);
  if (!address || hasScope(address.host)) return undefined;
  const answer = await knock(socketUrl(address));
  if ('opened' in answer) return undefined;
  const { tls, host } = address;
  const place = `${host}:${address.port}`;
  if ('failure' in answer) return failureWords(answer.failure, { tls, host, place });
  const { status } = answer;
  return status >= 502 && status <= 504
    ? `A proxy answers at ${place}, but reaches no relay (HTTP ${status}): start the relay, or correct where the proxy looks for it.`
    : `What answers at ${place} does not open a line to a relay (HTTP ${status}): check the port, and that a proxy in front passes WebSocket upgrades on /tc.`;
}

/** What is wrong with the certificate of a relay that can be reached; undefined where it shows none, and where all is well. */
export async function certificateTrouble(url: string): Promise<string | undefined> {
  const address = parseRelayAddress(url);
  if (!address?.tls || hasScope(address.host)) return undefined;
  const answer = await knock(socketUrl(address));
  const certificate = 'opened' in answer ? answer.certificate : undefined;
  const words = certificate && overdue(validityOf(certificate), Date.now());
  return (
    words &&
    `The certificate of ${address.host} ${words}: its operator has to renew it and reload the relay or the proxy.`
  );
}

/** As a client does, but with an ear for what stands in the way. */
function knock(url: string): Promise<Answer> {
  const http = url.replace(/^ws/, 'http');
  const request = (http.startsWith('https:') ? tlsRequest : plainRequest)(http, {
    agent: false,
    signal: AbortSignal.timeout(ANSWER_MS),
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      'Sec-WebSocket-Protocol': SUBPROTOCOL,
    },
  });
  return new Promise<Answer>((resolve) => {
    request.on('upgrade', (_response, socket) => {
      const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
      socket.destroy();
      resolve({ opened: true, certificate });
    });
    request.on('response', ({ statusCode = 0 }) => resolve({ status: statusCode }));
    request.on('error', (error) => resolve({ failure: codeOf(error) }));
    request.end();
  }).finally(() => request.destroy());
}

interface Place {
  readonly tls: boolean;
  readonly host: string;
  /** With the port. */
  readonly place: string;
}

function failureWords(code: string, { tls, host, place }: Place): string | undefined {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `No address is known for ${host}: check the name and its DNS record, or the network of this machine.`;
    case 'ECONNREFUSED':
      return `Nobody listens on ${place}: start the relay, or check the port.`;
    case 'ABORT_ERR':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
      return `${place} does not answer: a firewall may be in the way, or the machine is off.`;
    case 'CERT_HAS_EXPIRED':
      return `The certificate of ${host} has expired: its operator has to renew it and reload the relay or the proxy. Or the clock here is wrong.`;
    case 'CERT_NOT_YET_VALID':
      return `The certificate of ${host} is not valid yet: check the clocks here and there.`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate that ${place} shows is for another name: use the name that is in it, or get one for ${host}.`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `Nobody whom this machine trusts has signed the certificate of ${host}: its operator has to give the whole chain (fullchain.pem); for one of your own, name its file in NODE_EXTRA_CA_CERTS.`;
    default:
      return mismatchWords(code, tls, place);
  }
}

/** Where one side speaks TLS and the other does not, the failure is called many things. */
function mismatchWords(code: string, tls: boolean, place: string): string | undefined {
  if (tls && (code === 'EPROTO' || code.startsWith('ERR_SSL')))
    return `${place} speaks no TLS: write ws://${place}, or put TLS in front of it.`;
  if (!tls && (code === 'ECONNRESET' || code.startsWith('HPE_')))
    return `What listens on ${place} is no relay without TLS: if it has a certificate, write wss://${place}.`;
  return undefined;
}
