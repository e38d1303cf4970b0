// Requests /index.html: node client.js PORT CA; prints the suite and the body.
const [port, ca] = process.argv.slice(2);
const {options, sessions} = require('./settings.js');

// The agent keeps sessions for the next connection to the same place.
function visit(times) {
  require('https').get({
    host: '127.0.0.1',
    port: Number(port),
    path: '/index.html',
    servername: 'localhost',
    headers: {host: 'localhost', connection: 'close'},
    ...options(process.env.PEER_CERT, process.env.PEER_KEY, ca),
  }, (response) => {
    console.log(response.socket.getCipher().name);
    response.pipe(process.stdout);
    response.socket.on('close', () => times > 1 && visit(times - 1));
  }).on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
}

visit(sessions ? 3 : 1);
