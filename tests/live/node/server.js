// Serves "Hello, peer" over HTTPS: node server.js PORT CERT KEY GROUPS ("-": Node's own choice)
const [port, cert, key, groups] = process.argv.slice(2);
const fs = require('fs');
const options = {
  cert: fs.readFileSync(cert),
  key: fs.readFileSync(key),
  minVersion: process.env.PEER_TLS ?? 'TLSv1.3',
  maxVersion: process.env.PEER_TLS ?? 'TLSv1.3',
};
if (groups !== '-') options.ecdhCurve = groups;
require('https').createServer(options, (request, response) => {
  response.end('Hello, peer');
}).listen(Number(port), '127.0.0.1');
