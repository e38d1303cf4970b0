// Requests /index.html: node client.js PORT CA SUITE GROUPS; prints the suite and the body. "-" in
// the place of either: Node's own choice.
const [port, ca, suite, groups] = process.argv.slice(2);
const options = {
  host: '127.0.0.1',
  port: Number(port),
  path: '/index.html',
  servername: 'localhost',
  headers: {host: 'localhost', connection: 'close'},
  ca: require('fs').readFileSync(ca),
  minVersion: process.env.PEER_TLS ?? 'TLSv1.3',
  maxVersion: process.env.PEER_TLS ?? 'TLSv1.3',
};
if (suite !== '-') options.ciphers = suite;
if (groups !== '-') options.ecdhCurve = groups;
require('https').get(options, (response) => {
  console.log(response.socket.getCipher().name);
  response.pipe(process.stdout);
}).on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
