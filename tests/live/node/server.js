// Serves "Hello, peer" over HTTPS: node server.js PORT CERT KEY
const [port, cert, key] = process.argv.slice(2);
const {options, sessions} = require('./settings.js');
const authority = process.env.PEER_CLIENT_CA;
const server = require('https').createServer({
  ...options(cert, key, authority),
  requestCert: authority !== undefined,
}, (request, response) => {
  response.end('Hello, peer');
});
if (sessions === 'ids') {
  // Node itself keeps none.
  const kept = new Map();
  server.on('newSession', (id, session, done) => {
    kept.set(id.toString('hex'), session);
    done();
  });
  server.on('resumeSession', (id, done) => done(null, kept.get(id.toString('hex')) ?? null));
}
server.listen(Number(port), '127.0.0.1');
