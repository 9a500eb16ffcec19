// Where findings are, for those who ask for a file. A capture has no lines, and its name often holds a date: as a
// location it would make every finding a new one in every run. The server stays the same.

/** A relative URI that stands for a server: "servers/10.0.0.2:8080". */
export function serverUri(server: string): string {
  // A colon may stand in a later segment of a relative reference as it is (RFC 3986 4.2).
  return `servers/${encodeUri(server).replaceAll('%3A', ':')}`;
}

/** The path of a capture as a URI reference; an absolute one is a file: URI. */
export function pathUri(path: string): string {
  const segments = path.split('/').map(encodeUri);
  // "a:b" alone would read as a scheme.
  return `${path.startsWith('/') ? 'file://' : ''}${segments.join('/')}`;
}

function encodeUri(text: string): string {
  // A lone surrogate has no UTF-8.
  const encoded = encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'));
  return encoded.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
