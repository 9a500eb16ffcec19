// Products' default limits on requests per connection, each with its source. Where a product has no limit by default
// the setting is named all the same: its Server field tells whose it is.

export interface KnownLimit {
  readonly product: string;
  readonly side: 'server' | 'proxy-upstream';
  readonly knob: string;
  /** Null: none by default. */
  readonly requests: number | null;
  readonly source: string;
}

export const KNOWN_LIMITS: readonly KnownLimit[] = [
  {
    product: 'Apache httpd',
    side: 'server',
    knob: 'MaxKeepAliveRequests',
    requests: 100,
    source: 'apache/httpd include/httpd.h DEFAULT_KEEPALIVE; counts the requests after the first',
  },
  {
    product: 'nginx',
    side: 'server',
    knob: 'keepalive_requests',
    requests: 1000,
    source: 'nginx/nginx src/http/ngx_http_core_module.c @3f6f7824d',
  },
  {
    product: 'nginx',
    side: 'proxy-upstream',
    knob: 'upstream keepalive_requests',
    requests: 1000,
    source: 'ngx_http_upstream_keepalive_module.c',
  },
  {
    product: 'ingress-nginx',
    side: 'proxy-upstream',
    knob: 'upstream-keepalive-requests',
    requests: 10_000,
    source: 'ingress-nginx docs, configmap.md',
  },
  { product: 'Tomcat', side: 'server', knob: 'maxKeepAliveRequests', requests: 100, source: 'AbstractEndpoint.java' },
  {
    product: 'lighttpd',
    side: 'server',
    knob: 'server.max-keep-alive-requests',
    requests: 1000,
    source: 'configfile.c; one more on the wire, as the first request is not counted (lab, 1.4.69)',
  },
  { product: 'Puma (>= 7.0)', side: 'server', knob: 'max_keep_alive', requests: 999, source: 'History.md 7.0.0' },
  {
    product: 'Puma (< 7.0)',
    side: 'server',
    knob: 'max_fast_inline',
    requests: 10,
    source: 'puma/puma lib/puma/const.rb MAX_FAST_INLINE; only while other connections wait',
  },
  { product: 'Hypercorn', side: 'server', knob: 'keep_alive_max_requests', requests: 1000, source: 'config.py' },
  { product: 'Cowboy', side: 'server', knob: 'max_keepalive', requests: 1000, source: 'cowboy_http.asciidoc' },
  {
    product: 'Node.js http.Server',
    side: 'server',
    knob: 'server.maxRequestsPerSocket',
    requests: null,
    source: 'nodejs/node lib/_http_server.js; measured on v20.20.2',
  },
  {
    product: 'Armeria',
    side: 'server',
    knob: 'maxNumRequestsPerConnection',
    requests: null,
    source: 'DefaultFlagsProvider.java',
  },
  {
    product: 'Envoy',
    side: 'server',
    knob: 'max_requests_per_connection',
    requests: null,
    source: 'envoyproxy/envoy#27385',
  },
];
