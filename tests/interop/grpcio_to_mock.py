"""Python's grpcio on a schema that nobody has implemented: the Online Boutique's, served by our command line."""
import pathlib
import socket
import time

import grpc
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from boutique_server import PROTO, demo_pb2, demo_pb2_grpc
from grpcio_to_us import refused
from hoplens import Mock

CANNOT_ASK = 2
GET = "hipstershop.ProductCatalogService/GetProduct"
ANSWER = """{
  "id": "{{request.id}}",
  "name": "Product {{request.id}}",
  "priceUsd": {"currencyCode": "CHF", "units": "9007199254740993"}
}
"""
MISFIT = """{
  "id": "one",
  "naem": "two"
}
"""
STREAMS = """syntax = "proto3";
package streams;
service Feed {
  rpc Ask (Item) returns (Item);
  rpc Watch (Item) returns (stream Item);
  rpc Upload (stream Item) returns (Item);
  rpc Chat (stream Item) returns (stream Item);
}
message Item {
  string text = 1;
}
"""


class Cases:
    """Each method that begins with case_ is one case."""

    def __init__(self, hoplens):
        self.hoplens = hoplens
        self.folder = pathlib.Path(hoplens.config)
        self.write("answer.json", ANSWER)
        self.mock = Mock(hoplens, PROTO, "--answer", GET + "=@" + str(self.folder / "answer.json"))
        self.channel = grpc.insecure_channel(self.mock.target)

    def close(self):
        self.channel.close()
        self.mock.stop()

    def write(self, name, text):
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return file

    def case_every_method_answers_by_generated_stubs(self):
        methods = [(service, method) for service in demo_pb2.DESCRIPTOR.services_by_name.values()
                   for method in service.methods]
        for service, method in methods:
            stub = getattr(demo_pb2_grpc, service.name + "Stub")(self.channel)
            request = message_factory.GetMessageClass(method.input_type)()
            answer = getattr(stub, method.name)(request, timeout=30)
            assert answer.DESCRIPTOR.full_name == method.output_type.full_name, answer
        assert len(methods) == len(self.mock.listing["methods"]) == 15, self.mock.listing

    def case_every_method_answers_by_reflection_alone(self):
        known = ProtoReflectionDescriptorDatabase(self.channel)
        pool = descriptor_pool.DescriptorPool(known)
        names = [name for name in known.get_services() if name.startswith("hipstershop.")]
        n_answers = 0
        for service in map(pool.FindServiceByName, names):
            for method in service.methods:
                ask = self.channel.unary_unary(
                    "/%s/%s" % (service.full_name, method.name),
                    request_serializer=lambda message: message.SerializeToString(),
                    response_deserializer=message_factory.GetMessageClass(method.output_type).FromString)
                ask(message_factory.GetMessageClass(method.input_type)(), timeout=30)
                n_answers += 1
        assert n_answers == 15, names

    def case_a_sample_says_something(self):
        answer = demo_pb2_grpc.CurrencyServiceStub(self.channel).Convert(demo_pb2.CurrencyConversionRequest(), timeout=30)
        assert answer.currency_code, answer
        listed = demo_pb2_grpc.ProductCatalogServiceStub(self.channel).ListProducts(demo_pb2.Empty(), timeout=30)
        assert listed.products and listed.products[0].name, listed

    def case_an_answer_takes_what_the_request_says(self):
        stub = demo_pb2_grpc.ProductCatalogServiceStub(self.channel)
        for ident in ("OLJCESPC7Z", 'a "quoted" \u4f60\u597d'):
            product, call = stub.GetProduct.with_call(demo_pb2.GetProductRequest(id=ident), timeout=30)
            assert product.id == ident and product.name == "Product " + ident, product
            assert product.price_usd.units == 9007199254740993, product
            assert any(name == "x-served-by" for name, _ in call.initial_metadata()), call.initial_metadata()

    def case_our_command_line_asks_it_by_reflection(self):
        product = self.hoplens.json("call", self.mock.target, GET, "-d", '{"id": "mug"}')
        assert product["name"] == "Product mug", product

    def case_health_says_serving(self):
        check = self.channel.unary_unary("/grpc.health.v1.Health/Check")
        assert check(b"", timeout=30) == b"\x08\x01"
        name = b"hipstershop.CartService"
        assert check(b"\x0a" + bytes([len(name)]) + name, timeout=30) == b"\x08\x01"

    def case_a_method_that_the_schema_does_not_have(self):
        ask = self.channel.unary_unary("/hipstershop.CartService/Gone")
        details = refused(grpc.StatusCode.UNIMPLEMENTED, lambda: ask(b"", timeout=30))
        assert "hipstershop.CartService" in details, details

    def case_all_four_kinds_are_answered(self):
        schema = self.write("streams.proto", STREAMS)
        mock = Mock(self.hoplens, schema, "--messages", "5", "--pace", "20ms",
                    "--answer", 'streams.Feed/Upload={"text": "last was {{request.text}}"}')
        try:
            with grpc.insecure_channel(mock.target) as channel:
                assert channel.unary_unary("/streams.Feed/Ask")(b"", timeout=30)
                began = time.monotonic()
                watched = list(channel.unary_stream("/streams.Feed/Watch")(b"", timeout=30))
                assert watched == [b"\x0a\x0cHello, world"] * 5, watched
                assert time.monotonic() - began >= 4 * 0.02
                said = [b"\x0a\x01" + letter for letter in (b"a", b"b", b"c")]
                last = channel.stream_unary("/streams.Feed/Upload")(iter(said), timeout=30)
                assert last == b"\x0a\x0alast was c", last
                echo = list(channel.stream_stream("/streams.Feed/Chat")(iter(said), timeout=30))
                assert echo == said, echo
        finally:
            mock.stop()

    def case_a_fault_reaches_the_caller(self):
        faults = (("fail:100%:NOT_FOUND", grpc.StatusCode.NOT_FOUND, 30),
                  ("delay:2s", grpc.StatusCode.DEADLINE_EXCEEDED, 0.3), ("hang", grpc.StatusCode.DEADLINE_EXCEEDED, 0.3))
        for fault, status, timeout in faults:
            mock = Mock(self.hoplens, PROTO, "--fault", fault)
            try:
                with grpc.insecure_channel(mock.target) as channel:
                    stub = demo_pb2_grpc.AdServiceStub(channel)
                    refused(status, lambda: stub.GetAds(demo_pb2.AdRequest(), timeout=timeout))
            finally:
                mock.stop()

    def case_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = self.hoplens.run("serve", "schema", PROTO, "--port", port, code=CANNOT_ASK)
        assert str(port) in done.stderr and not done.stdout, (done.stdout, done.stderr)

    def case_an_answer_that_does_not_fit(self):
        done = self.serve_refused(GET + "=@" + str(self.write("misfit.json", MISFIT)))
        assert "GetProduct" in done and "line 3, column 3" in done and '"naem"' in done and '"name"' in done, done
        done = self.serve_refused(GET + '={"name": 7}')
        assert "line 1, column 10" in done and "name" in done, done
        done = self.serve_refused(GET + '={"name": "{{request.idd}}"}')
        assert "line 1, column 13" in done and '"idd"' in done and '"id"' in done, done
        done = self.serve_refused('hipstershop.ProductCatalogService/Gone={}')
        assert "Gone" in done, done

    def case_a_schema_that_cannot_be_served(self):
        broken = self.write("broken.proto", 'syntax = "proto3";\nservice Broken {\n  rpc Ask (Gone) returns (Gone)\n}\n')
        done = self.hoplens.run("serve", "schema", broken, code=CANNOT_ASK)
        assert "broken.proto" in done.stderr and ":4" in done.stderr, done.stderr
        empty = self.write("empty.proto", 'syntax = "proto3";\nmessage Alone {}\n')
        done = self.hoplens.run("serve", "schema", empty, code=CANNOT_ASK)
        assert "nothing to serve" in done.stderr, done.stderr
        done = self.hoplens.run("serve", "schema", self.folder / "gone.proto", code=CANNOT_ASK)
        assert "gone.proto" in done.stderr, done.stderr

    def case_a_schema_that_is_called_like_a_service_of_the_demo(self):
        for name in ("greeter", "payment", "gateway"):
            mock = Mock(self.hoplens, self.write(name + ".proto", STREAMS))
            try:
                with grpc.insecure_channel(mock.target) as channel:
                    channel.unary_unary("/streams.Feed/Ask")(b"", timeout=30)
                assert mock.listing["service"] == name + "-mock", mock.listing
            finally:
                mock.stop()

    def case_ctrl_c_ends_it_in_order(self):
        assert self.mock.stop() == 0, self.mock.errors

    def serve_refused(self, answer):
        done = self.hoplens.run("serve", "schema", PROTO, "--port", 0, "--answer", answer, code=CANNOT_ASK)
        assert not done.stdout, done.stdout
        return done.stderr
