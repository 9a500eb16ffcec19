// Which servers a part of a policy is for:
//
//   *                      all
//   10.0.0.5:8080          one
//   10.0.0.5               all of its ports
//   *:8080, *:8000-8099    a port, a range of ports, on every address
//   10.1.*:8080            a * is one number, and as the last one all that follow
//   10.1.0.0/16:8080       a network
//   [fd00::5]:8080, [fd00::/8]:*
//   orders                 what an alias is called
import { BlockList, isIP, isIPv4 } from 'node:net';
import { withoutPort } from '../history/endpoint.ts';

export interface ServerPattern {
  /** As it was written. */
  readonly text: string;
  /** The alias that it names; null for one of addresses. */
  readonly alias: string | null;
  /** `server`: address:port; `name`: its alias, null when it has none. */
  matches(server: string, name: string | null): boolean;
}

export const ALIAS_NAME = /^[A-Za-z_][\w.-]{0,99}$/;

/** A pattern that makes no sense; the message says why. */
export class PatternError extends Error {
  override name = 'PatternError';
}

export function serverPattern(text: string): ServerPattern {
  if (ALIAS_NAME.test(text)) return { text, alias: text, matches: (_, name) => name === text };
  const { host, port } = splitPattern(text);
  const isHost = hostMatcher(host, text);
  const isPort = portMatcher(port, text);
  return {
    text,
    alias: null,
    matches: (server) => isPort(Number(server.slice(server.lastIndexOf(':') + 1))) && isHost(withoutPort(server)),
  };
}

function splitPattern(text: string): { host: string; port: string } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  if (bracketed) return { host: bracketed[1]!, port: bracketed[2] ?? '*' };
  if (text.split(':').length > 2) {
    throw new PatternError(
      `'${text}' is no pattern of servers: an IPv6 address stands in brackets, as in [fd00::1]:80`,
    );
  }
  const [host = '', port = '*'] = text.split(':');
  return { host, port };
}

function hostMatcher(host: string, text: string): (address: string) => boolean {
  if (host === '*') return () => true;
  const [network = '', prefix, ...more] = host.split('/');
  const version = isIP(network);
  if (version !== 0 && more.length === 0) {
    const family = version === 4 ? 'ipv4' : 'ipv6';
    const most = version === 4 ? 32 : 128;
    const length = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (!(length <= most)) {
      throw new PatternError(`'${text}' is no pattern of servers: a prefix is a number from 0 to ${most}`);
    }
    const list = new BlockList();
    list.addSubnet(network, length, family);
    return (address) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  const parts = host.split('.');
  const isByte = (part: string) => part === '*' || (/^\d{1,3}$/.test(part) && Number(part) <= 255);
  const isOpen = parts.at(-1) === '*';
  if (!parts.every(isByte) || parts.length > 4 || (parts.length < 4 && !isOpen)) {
    throw new PatternError(`'${text}' is no pattern of servers, such as 10.1.*:8080, *:8080, 10.1.0.0/16 or an alias`);
  }
  return (address) => {
    if (!isIPv4(address)) return false;
    const bytes = address.split('.');
    return parts.every((part, i) => part === '*' || Number(part) === Number(bytes[i]));
  };
}

function portMatcher(port: string, text: string): (port: number) => boolean {
  if (port === '*') return () => true;
  const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(port);
  const from = Number(range?.[1]);
  const to = range?.[2] === undefined ? from : Number(range[2]);
  if (range === null || from < 1 || to > 65_535 || from > to) {
    throw new PatternError(
      `'${text}' is no pattern of servers: '${port}' is no port (1 to 65535) and no range of ports`,
    );
  }
  return (number) => number >= from && number <= to;
}
