// What the rules about an announced close share: who announced it, and what came after.
import type { History } from '../history/history.ts';
import type { Exchange } from '../http/exchange.ts';

export interface AnnouncedClose {
  /** The first exchange whose request or response announced that the connection ends with it (RFC 9112 9.3, 9.6). */
  readonly announced: Exchange;
  /** The exchange behind it on the same connection, if there was one. */
  readonly next: Exchange | null;
}

export function announcedClose(history: History): AnnouncedClose | null {
  if (history.afterClose !== null) return { announced: history.afterClose[0], next: history.afterClose[1] };
  const { exchanges } = history;
  const at = exchanges.findIndex(({ request, response }) => request?.close || response?.close);
  return at < 0 ? null : { announced: exchanges[at]!, next: exchanges[at + 1] ?? null };
}
