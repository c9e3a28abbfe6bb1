// A client of Node's core modules: node_client.js http1|http2 BASE
// Asks a server for all that node_server.js can do, and says what it saw as JSON.
'use strict';
const crypto = require('crypto');
const http = require('http');
const http2 = require('http2');

const BIG = Buffer.alloc(3 << 20, 'node upload ');
const ASKS = [
  ['GET', '/', null], ['POST', '/echo', Buffer.from('hello')], ['PUT', '/echo', BIG], ['HEAD', '/', null],
  ['POST', '/trailers', Buffer.from('é'.repeat(1000))], ['GET', '/big', null], ['POST', '/early', Buffer.from('x')],
  ['DELETE', '/nothing', null], ['OPTIONS', '/echo', Buffer.alloc(0)],
];

// Not what differs from run to run.
function shown(headers) {
  return Object.keys(headers).filter(name => name !== 'date').sort().map(name => [name, String(headers[name])]);
}

function hash(parts) {
  const bytes = Buffer.concat(parts);
  return [bytes.length, crypto.createHash('sha256').update(bytes).digest('hex')];
}

function ask1(base, agent, [method, path, body]) {
  return new Promise(resolve => {
    const saw = { method, path };
    const request = http.request(base + path, { method, agent, headers: { 'x-a': ['1', '2'], 'X-Case': 'b' } });
    request.on('continue', () => { saw.continued = true; });
    request.on('error', error => resolve({ ...saw, error: error.code }));
    request.on('response', response => {
      const parts = [];
      const done = error => resolve({ ...saw, status: response.statusCode, headers: shown(response.headers),
        trailers: shown(response.trailers), body: hash(parts), error });
      response.on('data', part => parts.push(part));
      response.on('error', error => done(error.code));
      response.on('end', () => done());
    });
    // In two pieces, and so in chunks.
    if (body) request.write(body.slice(0, body.length >> 1));
    request.end(body ? body.slice(body.length >> 1) : undefined);
  });
}

async function all1(base) {
  const saw = [];
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (const ask of ASKS) saw.push(await ask1(base, agent, ask));
  agent.destroy();
  const several = new http.Agent({ keepAlive: true, maxSockets: 8 });
  saw.push(await Promise.all(Array.from({ length: 40 }, (_, n) => ask1(base, several, ['POST', '/echo', Buffer.from('n' + n)]))));
  several.destroy();
  saw.push(await ask1(base, new http.Agent(), ['GET', '/break', null]));
  return saw;
}

function ask2(session, [method, path, body], pieces) {
  return new Promise(resolve => {
    const saw = { method, path }, parts = [];
    const stream = session.request({ ':method': method, ':path': path, 'x-a': ['1', '2'], te: 'trailers' },
      { endStream: !body });
    stream.on('continue', () => { saw.continued = true; });
    stream.on('response', headers => { saw.status = headers[':status']; saw.headers = shown(headers); });
    stream.on('trailers', headers => { saw.trailers = shown(headers); });
    stream.on('data', part => parts.push(part));
    stream.on('error', error => { saw.error = error.message; });
    stream.on('close', () => resolve({ ...saw, code: stream.rstCode, body: hash(parts) }));
    if (pieces) {
      // One message each way at a time, as a conversation goes.
      let n = 0;
      const next = () => n < pieces ? stream.write(Buffer.alloc(1000, n++)) : stream.end();
      let due = 0;
      stream.on('data', part => { due += part.length; if (due >= 1000 * n) next(); });
      next();
    } else if (body) stream.end(body);
  });
}

async function all2(base) {
  const saw = [];
  const session = http2.connect(base);
  for (const ask of ASKS) saw.push(await ask2(session, ask));
  saw.push(await Promise.all(Array.from({ length: 100 }, (_, n) => ask2(session, ['POST', '/echo', Buffer.from('n' + n)]))));
  saw.push(await ask2(session, ['POST', '/stream', Buffer.alloc(0)], 50));
  saw.push(await ask2(session, ['GET', '/break', null]));
  await new Promise((resolve, reject) => session.ping(error => error ? reject(error) : resolve()));
  await new Promise(resolve => session.close(resolve));
  return saw;
}

const [how, base] = process.argv.slice(2);
(how === 'http2' ? all2 : all1)(base).then(saw => console.log(JSON.stringify(saw)));
