// A server: what was learned of its timeouts, a plot of its connections' idle times, and its clients. The plot is that
// of the client that is selected.
import { grouped, plural } from '../../report/layout.ts';
import type { Estimate } from '../../report/report.ts';
import { basisInWords, estimateInWords, secondsText } from '../../report/text.ts';
import { idleTimesOf } from '../model/idle-times.ts';
import type { Content, PageContext } from '../pages.ts';
import { EMPTY, folded, type Line, line } from '../screen/line.ts';
import { padded, safe } from '../screen/width.ts';
import { linesContent } from './finding.ts';
import { markFor, plot } from './plot.ts';
import { labelled, prose } from './prose.ts';

/** Rules that have findings, by name. */
const SHOWN_RULES = 4;

export function serverContent(name: string, cursor: number, context: PageContext, width: number): Content {
  const { model, symbols } = context;
  const server = model.server(name);
  if (server === undefined) return linesContent(name, prose('Nothing is known of this server.', width));
  const lines: Line[] = [
    ...folded(line([name, 'server'], [server.product === null ? '' : `  ${server.product}`, 'bold']), width),
    line([`${plural(server.connections, 'connection')}, ${plural(server.exchanges, 'exchange')}`, 'dim']),
    ...estimate('Idle timeout:', server.idleTimeout, secondsText, width, 'unknown, it closed no idle connection'),
    ...estimate('Close delay:', server.closeDelay, secondsText, width),
    ...estimate('Requests per connection:', server.maxRequests, (count) => plural(count, 'request'), width),
    ...estimate('Age of connections:', server.maxAge, secondsText, width),
  ];
  const rules = model.findingCounts(name);
  for (const { severity, rule, count } of rules.slice(0, SHOWN_RULES)) {
    lines.push(line([severity.toUpperCase(), severity], ` ${rule}`, [`, ${plural(count, 'finding')}`, 'dim']));
  }
  if (rules.length > SHOWN_RULES) {
    lines.push(line([`and ${plural(rules.length - SHOWN_RULES, 'further rule')}`, 'dim']));
  }
  const clientWidth = server.clients.reduce(
    (most, { client }) => Math.max(most, client.length + 1),
    LEAST_CLIENT_WIDTH,
  );
  // The plot has as many lines whoever is selected, so that what stands below does not move.
  const plotLines = plotOf(null);
  const firstClient = lines.length + 2 + plotLines.length + 2;
  const selected = cursor - firstClient;
  const client = selected > 0 ? (server.clients[selected - 1] ?? null) : null;
  const shown = client === null ? plotLines : plotOf(client);
  lines.push(
    EMPTY,
    line(['Idle times', 'title'], [client === null ? ' of all clients' : ` of ${client.client}`, 'dim']),
    ...shown,
    EMPTY,
    line(
      [padded('client', clientWidth), 'dim'],
      [padded('idle timeout', TIMEOUT_WIDTH), 'dim'],
      ['gives up waiting after', 'dim'],
    ),
  );
  return {
    title: name,
    count: lines.length + 1 + server.clients.length,
    firstSelectable: lines.length,
    line: (index) => {
      if (index < lines.length) return lines[index]!;
      if (index === lines.length) return line(`all ${grouped(server.clients.length)}`);
      const { client, idleTimeout, responseTimeout } = server.clients[index - lines.length - 1]!;
      return line(
        [padded(safe(client), clientWidth), 'client'],
        padded(idleTimeout === null ? 'unknown' : estimateInWords(idleTimeout, secondsText), TIMEOUT_WIDTH),
        responseTimeout === null ? '-' : estimateInWords(responseTimeout, secondsText),
      );
    },
  };

  function plotOf(of: { client: string; idleTimeout: Estimate | null } | null): Line[] {
    const times = idleTimesOf(model, name, of?.client ?? null);
    const marks = [
      markFor('server closes after', server!.idleTimeout?.value ?? null, 'server'),
      of === null
        ? clientsMark(server!.clients)
        : markFor('this client closes after', of.idleTimeout?.value ?? null, 'client'),
    ];
    return plot(times, marks, width, symbols);
  }
}

const LEAST_CLIENT_WIDTH = 20;
const TIMEOUT_WIDTH = 34;

/** The longest timeout of its clients: the one that must be shorter than the server's. */
function clientsMark(clients: readonly { readonly idleTimeout: Estimate | null }[]) {
  const known = clients.flatMap(({ idleTimeout }) => (idleTimeout === null ? [] : [idleTimeout.value]));
  return markFor('longest client timeout', known.length === 0 ? null : Math.max(...known), 'client');
}

function estimate(
  label: string,
  value: Estimate | null,
  unit: (value: number) => string,
  width: number,
  unknown?: string,
): Line[] {
  if (value === null) return unknown === undefined ? [] : labelled(label, unknown, width);
  return labelled(label, `${estimateInWords(value, unit)}, ${basisInWords(value)}`, width);
}
