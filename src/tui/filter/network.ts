// Addresses and networks of a filter: 10.0.0.7, 10.0.0.0/8, fd00::/16.
import { BlockList, isIP } from 'node:net';
import { canonicalAddress } from '../../history/endpoint.ts';

export interface Network {
  holds(address: string): boolean;
}

/** The network that `text` names; null when it is none. */
export function networkOf(text: string): Network | null {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return null;
  if (bits === undefined) {
    const canonical = canonicalAddress(address);
    return { holds: (other) => other === canonical };
  }
  const length = Number(bits);
  if (!/^\d+$/.test(bits) || length > (family === 4 ? 32 : 128)) return null;
  const list = new BlockList();
  list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  return { holds: (other) => isIP(other) === family && list.check(other, isIP(other) === 4 ? 'ipv4' : 'ipv6') };
}
