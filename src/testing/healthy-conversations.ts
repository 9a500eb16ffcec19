// Conversations that look like a pathology and are none: no rule may warn of any of them.

const OPEN = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C ACK`;

export const HEALTHY_CONVERSATIONS: Readonly<Record<string, string>> = {
  'a connection is used again and closed by the client': `${OPEN}
2.000  C GET /b
2.041  S 200 length=5
2.042  C ACK
4.000  C FIN
4.040  S FIN
4.041  C ACK`,

  'the server closes an idle connection, and the client closes too': `${OPEN}
5.082  S FIN
5.123  C FIN
5.163  S ACK`,

  'both FINs cross on an idle connection': `${OPEN}
5.082  C FIN
5.083  S FIN crossing
5.123  C ACK
5.124  S ACK`,

  'the server closes an idle connection, the client resets it instead of closing': `${OPEN}
5.082  S FIN
5.123  C RST-ACK`,

  'a reset after both sides have finished': `${OPEN}
5.082  S FIN
5.123  C FIN
5.163  S ACK
5.170  C RST-ACK
5.180  S RST`,

  'a client that resets an idle connection on purpose': `${OPEN}
3.000  C RST-ACK`,

  'a client that resets after it has read everything it wanted': `${OPEN}
0.084  C RST-ACK`,

  'the client resets before it has acknowledged the whole response': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=5
0.083  C RST-ACK crossing`,

  'a half-close that is answered': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.042  C FIN
0.082  S ACK
0.500  S 200 length=5
0.501  C ACK
0.502  S FIN
0.503  C ACK`,

  'a half-close while a long response is on its way': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 length=30 sent=10
0.083  C FIN
0.123  S data=10
0.124  C ACK
0.164  S data=10
0.165  C ACK
0.166  S FIN
0.167  C ACK`,

  'a close-delimited response: its FIN is the framing': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.082  S 200 unframed
0.083  S data=500
0.084  C ACK
0.200  S data=500
0.201  S FIN
0.202  C FIN
0.242  S ACK`,

  'HTTP/1.0 closes after its response': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a http1.0
0.082  S 200 http1.0 length=5
0.083  S FIN
0.084  C FIN
0.124  S ACK`,

  'an announced close': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a close
0.082  S 200 length=5 close
0.083  C ACK
1.082  S FIN
1.083  C FIN
1.123  S ACK`,

  'an upgraded connection is reset': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /socket upgrade
0.082  S 101 upgrade
0.083  C ACK
0.500  C raw="\\x81\\x05hello"
0.540  S raw="\\x81\\x05hello"
0.541  C ACK
0.600  C raw="GET /inside HTTP/1.1\\r\\n\\r\\n"
0.640  S RST-ACK`,

  'a CONNECT tunnel is closed': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C CONNECT example.test:443
0.082  S 200 unframed
0.083  C raw="\\x16\\x03\\x01\\x00\\x05hello"
0.123  S FIN
0.124  C raw="\\x17\\x03\\x03\\x00\\x05hello"
0.164  S RST`,

  'TLS: close_notify after FIN': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C raw="\\x16\\x03\\x01\\x00\\x05\\x01\\x00\\x00\\x01x"
0.082  S raw="\\x16\\x03\\x03\\x00\\x05\\x02\\x00\\x00\\x01x"
0.083  C raw="\\x17\\x03\\x03\\x00\\x05hello"
0.123  S raw="\\x17\\x03\\x03\\x00\\x05hello"
5.123  S FIN
5.124  C raw="\\x15\\x03\\x03\\x00\\x02\\x01\\x00"
5.164  S RST`,

  'HTTP/2': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C raw="PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n"
0.082  S raw="\\x00\\x00\\x00\\x04\\x00\\x00\\x00\\x00\\x00"
0.083  C raw="\\x00\\x00\\x00\\x04\\x01\\x00\\x00\\x00\\x00"
0.200  S FIN
0.201  C raw="\\x00\\x00\\x00\\x04\\x01\\x00\\x00\\x00\\x00"
0.240  S RST`,

  'neither HTTP nor TLS': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C raw="hello\\n"
0.082  S FIN
0.083  C raw="hello?\\n"
0.123  S RST`,

  'keep-alive probes on an idle connection': `${OPEN}
2.000  C PROBE
2.040  S ACK
4.000  C PROBE
4.040  S ACK
5.000  S PROBE
5.001  C ACK
6.000  C GET /b
6.041  S 200 length=5
6.042  C FIN
6.082  S FIN
6.083  C ACK`,

  'a probe crosses the FIN, and a RST answers it': `${OPEN}
5.082  S FIN
5.083  C PROBE crossing
5.123  S RST`,

  'a forged reset outside of the window': `${OPEN}
1.000  S RST forged=2000000000
2.000  C GET /b
2.041  S 200 length=5
2.042  C FIN
2.082  S FIN
2.083  C ACK`,

  'a forged FIN outside of the window': `${OPEN}
1.000  S FIN forged=-2000000000
2.000  C GET /b
2.041  S 200 length=5
2.042  C FIN
2.082  S FIN
2.083  C ACK`,

  'a port is used again': `${OPEN}
5.082  S FIN
5.123  C FIN
5.163  S ACK
7.000  C SYN
7.040  S SYN-ACK
7.041  C GET /b
7.082  S 200 length=5
7.083  C FIN
7.123  S FIN
7.124  C ACK`,

  'a port is used again while the first connection is still open': `${OPEN}
7.000  C SYN
7.040  S SYN-ACK
7.041  C GET /b
7.082  S 200 length=5
7.083  C FIN
7.123  S FIN
7.124  C ACK`,

  'a request is sent twice and answered': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.341  C GET /a again
0.382  S 200 length=5
0.383  C FIN
0.423  S FIN
0.424  C ACK`,

  'pipelined requests, all answered': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.042  C GET /b
0.043  C GET /c
0.082  S 200 length=5 crossing=1
0.083  S 200 length=5
0.084  S 200 length=5
0.085  C FIN
0.125  S FIN
0.126  C ACK`,

  'an interim response': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /a length=10 sent=0 expect
0.082  S 100
0.083  C data=10
0.123  S 200 length=5
0.124  C FIN
0.164  S FIN
0.165  C ACK`,

  'responses without a body': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C HEAD /a
0.082  S 200 length=5000 sent=0
0.083  C GET /b
0.123  S 204
0.124  C GET /c
0.164  S 304
0.165  C FIN
0.205  S FIN
0.206  C ACK`,

  'an early 413, but the server reads on until the client closes': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /upload length=5000 sent=1000
0.081  S 413 length=5 close
0.082  S FIN
0.083  C data=1000 crossing
0.123  S ACK
0.124  C FIN
0.164  S ACK`,

  'the capture ends before the server has acknowledged what crossed its early response': `
0.000  C SYN
0.040  S SYN-ACK
0.041  C POST /upload length=5000 sent=1000
0.081  S 413 length=5 close
0.082  S FIN
0.083  C data=1000 crossing`,

  'a 408 before an idle close': `${OPEN}
5.082  S 408 close length=0
5.083  S FIN
5.123  C FIN
5.163  S ACK`,

  'the capture ends with a request under way': `${OPEN}
1.000  C GET /b`,

  'the capture ends in the middle of a response': `${OPEN}
1.000  C GET /b
1.041  S 200 length=5000 sent=100`,

  'the capture ends after a half-close': `${OPEN}
1.000  C GET /b
1.001  C FIN
1.041  S ACK`,

  'the capture begins in the middle of a response': `
0.000  S raw="rest of a response"
0.001  C ACK
1.000  C GET /b
1.041  S 200 length=5
1.042  C FIN
1.082  S FIN
1.083  C ACK`,

  'the capture begins with the end': `
0.000  S FIN
0.001  C FIN
0.041  S ACK`,

  'the capture lacks a response': `${OPEN}
1.000  C GET /b
1.041  S 200 length=5 lost
1.042  C ACK
6.041  S FIN
6.042  C FIN
6.082  S ACK`,

  'the capture lacks the end of a response': `${OPEN}
1.000  C GET /b
1.041  S 200 length=2000 sent=1000
1.042  S data=1000 lost
1.043  C ACK
6.041  S FIN
6.042  C FIN
6.082  S ACK`,

  'the capture lacks the end of a chunked response': `${OPEN}
1.000  C GET /b
1.041  S 200 chunked unterminated
1.042  S raw="0\\r\\n\\r\\n" lost
1.043  C ACK
6.041  S FIN
6.042  C FIN
6.082  S ACK`,

  'the capture lacks a request': `${OPEN}
1.000  C GET /b lost
1.041  S 200 length=5
1.042  C ACK
6.041  S FIN
6.042  C FIN
6.082  S ACK`,

  'the capture lacks a response before a reset': `${OPEN}
1.000  C GET /b
1.041  S 200 length=5 lost
1.042  C ACK
9.000  S RST-ACK`,

  'the capture has only what the client sent': `
0.000  C SYN
0.040  S SYN-ACK lost
0.041  C GET /a
0.082  S 200 length=5 lost
0.083  C ACK
2.000  C GET /b
2.041  S 200 length=5 lost
2.042  C ACK
7.041  S FIN lost
7.042  C FIN`,

  'the capture has only what the server sent': `
0.000  C SYN lost
0.040  S SYN-ACK
0.041  C GET /a lost
0.082  S 200 length=5
0.083  C ACK lost
5.082  S FIN
5.083  C FIN lost
5.123  S ACK`,
};

/** The beginning of a conversation whose client closes its own side and reads on; its response is 3000 bytes long. */
export const READS_ON = `
0.000  C SYN
0.040  S SYN-ACK
0.041  C GET /a
0.042  C FIN
0.082  S ACK
0.500  S 200 length=3000 sent=300
0.501  C ACK
0.600  S data=1000
0.601  C ACK
`;
