// The way most connections end, told apart cheaply: nothing about it is left to be said.
import type { Exchange } from '../http/exchange.ts';
import type { HttpConnection } from '../http/http-connection.ts';
import type { Connection } from '../tcp/connection.ts';
import { sequenceDifference } from '../wire/sequence-number.ts';
import { roundTripOf } from './build-history.ts';
import { addressOf, endpointOf } from './endpoint.ts';
import type { IdleGap } from './history.ts';

/**
 * The client closed first, the server closed after it, both with FIN and with every byte before it seen, and every
 * request had its whole response. No rule about how a connection ended can hold then, and no segment that is still to
 * come (the last acknowledgement, a retransmission, a reset of what is over) can change that.
 */
export function endedInOrder(connection: Connection, http: HttpConnection | null): boolean {
  const client = connection.clientDirection;
  if (client === null) return false;
  const server = connection.otherThan(client);
  if (client.rst !== null || server.rst !== null || !client.finDelivered || !server.finDelivered) return false;
  const { fin } = server;
  if (fin === null || !fin.hasAck || sequenceDifference(fin.acknowledgement, client.fin!.sequence) <= 0) return false;
  // It had all of the server's bytes when it closed: it will not refuse any of them.
  if (sequenceDifference(client.fin!.acknowledgement, fin.sequence) < 0) return false;
  return http === null || http.isQuiet;
}

/** What is worth knowing of a connection that ended in order. One record, filled for each of them. */
export class OrderlyConnection {
  stream = 0;
  client = '';
  clientAddress = '';
  server = '';
  rtt = NaN;
  closeTime = NaN;
  exchangeCount = 0;
  exchanges: readonly Exchange[] = [];
  idleGaps: readonly IdleGap[] = [];
  droppedReuses = 0;
  longestDroppedReuse = 0;
  serverProduct = '';
  userAgent = '';
  /** The server did not close first. */
  readonly serverSide = { fin: null, rst: null };

  fill(connection: Connection, http: HttpConnection): void {
    const clientEnd = connection.clientDirection === connection.forward ? 'source' : 'destination';
    this.stream = connection.stream;
    this.clientAddress = addressOf(connection, clientEnd);
    this.server = endpointOf(connection, clientEnd === 'source' ? 'destination' : 'source');
    this.rtt = roundTripOf(connection);
    this.closeTime = connection.closeTime;
    this.exchangeCount = http.exchangeCount;
    this.exchanges = http.exchanges;
    this.idleGaps = http.idleGaps;
    this.droppedReuses = http.droppedReuses;
    this.longestDroppedReuse = http.longestDroppedReuse;
    this.serverProduct = http.serverProduct;
    this.userAgent = http.userAgent;
  }
}
