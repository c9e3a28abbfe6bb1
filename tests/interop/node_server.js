// A server of Node's core modules: HTTP/1.1 on one port, HTTP/2 on another; says both ports as JSON.
// It gives back what it got; the path steers it.
'use strict';
const http = require('http');
const http2 = require('http2');

const BIG = Buffer.alloc(4 << 20, 'node big body ');

function answer(request, response) {
  const path = request.url || request.headers[':path'];
  if (path === '/stream') {
    // Says what comes as it comes, before the request has ended.
    response.on('error', () => {});
    response.writeHead(200, { 'content-type': 'application/grpc' });
    response.addTrailers({ 'grpc-status': '0' });
    request.pipe(response);
    return;
  }
  const parts = [];
  request.on('data', part => parts.push(part));
  request.on('error', () => {});
  response.on('error', () => {});
  request.on('end', () => {
    const body = Buffer.concat(parts);
    if (path === '/big') {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      response.end(BIG);
    } else if (path === '/trailers') {
      response.writeHead(200, { trailer: 'x-sum', 'x-twice': ['one', 'two'] });
      response.write(body);
      response.addTrailers({ 'x-sum': String(body.length) });
      response.end();
    } else if (path === '/early') {
      response.writeContinue();
      response.writeHead(201, { 'x-early': 'yes' });
      response.end(body);
    } else if (path === '/break') {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half', () => setImmediate(
        () => response.stream ? response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
          : request.socket.resetAndDestroy ? request.socket.resetAndDestroy() : request.socket.destroy()));
    } else if (path === '/nothing') {
      response.writeHead(204);
      response.end();
    } else {
      response.writeHead(200, { 'x-method': request.method, 'content-length': body.length });
      response.end(body);
    }
  });
}

const one = http.createServer(answer);
const two = http2.createServer(answer);
one.listen(0, '127.0.0.1', () => two.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ http1: one.address().port, http2: two.address().port }));
}));
