// How the end of a message body is found: RFC 9112 6.3, its steps in its order.
import type { Framing } from './exchange.ts';
import type { Fields } from './fields.ts';

/** Framing of a request body. */
export function framingOfRequest(fields: Fields): Framing {
  // 3: Transfer-Encoding overrides Content-Length.
  if (fields.hasTransferEncoding) {
    if (fields.chunked) return 'chunked';
    // 4: a request whose final coding is not chunked has no length; the server must answer 400 and close.
    return 'close-delimited';
  }
  // 5: an invalid Content-Length is an unrecoverable error; what follows cannot be framed.
  if (fields.contentLength === -2) return 'close-delimited';
  // 6: a valid Content-Length is the length.
  if (fields.contentLength > 0) return 'content-length';
  // 7: a request with neither has no body.
  return 'none';
}

/** Framing of a response body. `method` is the request's, '' when the request was not captured. */
export function framingOfResponse(fields: Fields, status: number, method: string): Framing {
  // An upgrade ends HTTP on the connection (RFC 9110 7.8).
  if (status === 101) return 'tunnel';
  // 1: HEAD, 1xx, 204 and 304 have no body, whatever their fields say.
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none';
  // 2: a successful CONNECT becomes a tunnel.
  if (method === 'CONNECT' && status < 300) return 'tunnel';
  // 3 and 4: Transfer-Encoding; without chunked at its end the body ends with the connection.
  if (fields.hasTransferEncoding) return fields.chunked ? 'chunked' : 'close-delimited';
  // 5: an invalid Content-Length is an error; all that can be said is that the body ends with the connection.
  if (fields.contentLength === -2) return 'close-delimited';
  // 6: the length.
  if (fields.contentLength >= 0) return fields.contentLength === 0 ? 'none' : 'content-length';
  // A 205 has no content (RFC 9110 15.3.6), though one that says so is read as it says.
  if (status === 205) return 'none';
  // 8: a response without any length ends with the connection.
  return 'close-delimited';
}
