// What the environment says to client.js and server.js, as `wishes` in ../peers.py has it, as
// options of Node's tls. Suites and groups have OpenSSL's names.
const {readFileSync} = require('fs');
const {SSL_OP_NO_TICKET} = require('crypto').constants;
const wish = (name) => process.env[`PEER_${name}`];

exports.sessions = wish('SESSIONS');
exports.options = (certificate, key, authority) => ({
  minVersion: `TLSv${wish('TLS') ?? '1.3'}`,
  maxVersion: `TLSv${wish('TLS') ?? '1.3'}`,
  ciphers: wish('SUITE'),
  ecdhCurve: wish('GROUPS'),
  secureOptions: wish('SESSIONS') === 'ids' ? SSL_OP_NO_TICKET : 0,
  cert: certificate && readFileSync(certificate),
  key: key && readFileSync(key),
  ca: authority && readFileSync(authority),
});
