import type { Response } from '../http/exchange.ts';

/** How much of a response came, for a sentence. */
export function receivedText(response: Response): string {
  switch (response.framing) {
    case 'content-length':
      return `${response.bodyBytes} of ${response.contentLength} body bytes were sent`;
    case 'chunked':
      return `${response.bodyBytes} body bytes were sent, and no last chunk`;
    case 'close-delimited':
      return `${response.bodyBytes} body bytes were sent, and no FIN to end them`;
    default:
      return 'its head was not complete';
  }
}
