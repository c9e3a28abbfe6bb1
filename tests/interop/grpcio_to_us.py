"""Python's own clients on our demo: grpcio on the greeter and through the gateway, urllib on the storefront."""
import json
import urllib.error
import urllib.request

import grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from compiled import compile_protos
from hoplens import ROOT, Demo, Tap

SAMPLES = ROOT / "sample-protos"
compile_protos([SAMPLES, ROOT / "assets/protos"],
               ["greeter.proto", "shop/orders.proto", "shop/types.proto",
                "google/api/annotations.proto", "google/api/http.proto"])
import greeter_pb2  # noqa: E402  (made by the line above)
import greeter_pb2_grpc  # noqa: E402
from shop import orders_pb2, orders_pb2_grpc, types_pb2  # noqa: E402


def refused(code, ask):
    """Asks, insists on this status, and returns its details."""
    try:
        answer = ask()
    except grpc.RpcError as error:
        assert error.code() == code, error
        return error.details()
    raise AssertionError("answered: %s" % answer)


class Cases:
    """Each method that begins with case_ is one case."""

    def __init__(self, hoplens):
        self.hoplens = hoplens
        self.demo = Demo(hoplens)

    def close(self):
        self.demo.stop()

    def channel(self, name):
        return grpc.insecure_channel(self.demo.address(name))

    def case_say_hello_on_the_greeters_own_port(self):
        with self.channel("greeter") as channel:
            reply = greeter_pb2_grpc.GreeterStub(channel).SayHello(greeter_pb2.HelloRequest(name="Ada"), timeout=30)
        assert reply.message == "Hello Ada", reply

    def case_four_calls_through_the_gateway_reach_both_greeters(self):
        with self.channel("gateway") as channel:
            stub = greeter_pb2_grpc.GreeterStub(channel)
            served = set()
            for _ in range(4):
                reply, call = stub.SayHello.with_call(greeter_pb2.HelloRequest(name="Ada"), timeout=30)
                assert reply.message == "Hello Ada", reply
                served |= {value for name, value in call.initial_metadata() if name == "x-served-by"}
        assert served == {"greeter-1", "greeter-2"}, served

    def case_place_an_order_through_the_gateway(self):
        order = orders_pb2.PlaceOrderRequest(
            user="ada", items=[types_pb2.Item(sku=self.sku(), quantity=1)],
            invoice=types_pb2.Invoice(email="ada@example.com"),
            limit_cents=9007199254740993)
        with self.channel("gateway") as channel:
            placed = orders_pb2_grpc.OrdersStub(channel).PlaceOrder(order, timeout=30)
        assert placed.user == "ada" and placed.order_id and placed.served_by, placed
        assert placed.limit_cents == 9007199254740993, placed

    def case_a_declined_card_is_a_proper_status(self):
        card = types_pb2.Card(number="4242424242420002")
        order = orders_pb2.PlaceOrderRequest(user="ada", items=[types_pb2.Item(sku=self.sku(), quantity=1)], card=card)
        with self.channel("gateway") as channel:
            details = refused(grpc.StatusCode.FAILED_PRECONDITION,
                              lambda: orders_pb2_grpc.OrdersStub(channel).PlaceOrder(order, timeout=30))
        assert details

    def case_a_method_that_no_route_knows(self):
        with self.channel("gateway") as channel:
            ask = channel.unary_unary("/nowhere.Nothing/Gone")
            details = refused(grpc.StatusCode.UNIMPLEMENTED, lambda: ask(b"", timeout=30))
        assert "route" in details, details

    def case_our_own_port_says_whose_it_is(self):
        with self.channel("greeter") as channel:
            ask = channel.unary_unary("/helloworld.Greeter/SayHello")
            details = refused(grpc.StatusCode.UNIMPLEMENTED, lambda: ask(b"", timeout=30))
        assert "Hoplens" in details, details

    def case_reflection_lists_the_greeter(self):
        with self.channel("greeter") as channel:
            known = ProtoReflectionDescriptorDatabase(channel)
            assert "Greeter" in known.get_services(), known.get_services()
            assert known.FindFileContainingSymbol("Greeter").message_type[0].name == "HelloRequest"

    def case_health_says_serving(self):
        with self.channel("orders") as channel:
            answer = channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=30)
        assert answer == b"\x08\x01", answer

    def case_products_over_http_through_the_gateway(self):
        products = self.fetch("/products")
        assert any("sku" in entry or "id" in entry for entry in objects_of(products)), products

    def case_a_path_that_no_route_knows(self):
        try:
            self.fetch("/nowhere/at/all")
        except urllib.error.HTTPError as error:
            assert error.code == 404, error
        else:
            raise AssertionError("something answered")

    def case_our_command_line_over_http(self):
        base = "http://" + self.demo.address("gateway")
        assert json.loads(self.hoplens.run("http", "GET", base + "/products").stdout)
        self.hoplens.run("http", "GET", base + "/nowhere/at/all")
        self.hoplens.run("http", "GET", base + "/nowhere/at/all", "--fail", code=22)

    def case_our_command_line_on_the_greeter(self):
        reply = self.hoplens.json("call", self.demo.address("greeter"), "Greeter/SayHello", "-d", '{"name": "Ada"}')
        assert reply == {"message": "Hello Ada"}, reply

    def case_through_a_tap(self):
        for name, ask in (("greeter", self.hello_at), ("gateway", self.products_at)):
            straight = ask(self.demo.address(name))
            tap = Tap(self.hoplens, self.demo.address(name))
            try:
                assert ask(tap.target) == straight, "what came through the tap differs"
                call, = tap.passed(1)
            finally:
                tap.stop()
            wanted = {"greeter": ("POST /Greeter/SayHello", 200, 0), "gateway": ("GET /products", 200, None)}[name]
            assert (call["asked"], call["status"], call["grpc_status"]) == wanted, call

    @staticmethod
    def hello_at(address):
        with grpc.insecure_channel(address) as channel:
            stub = greeter_pb2_grpc.GreeterStub(channel)
            return stub.SayHello(greeter_pb2.HelloRequest(name="Ada"), timeout=30).message

    @staticmethod
    def products_at(address):
        with urllib.request.urlopen("http://%s/products" % address, timeout=30) as answer:
            return answer.read()

    def case_ctrl_c_ends_the_demo_in_order(self):
        assert self.demo.stop() == 0, self.demo.errors

    def fetch(self, path):
        with urllib.request.urlopen("http://%s%s" % (self.demo.address("gateway"), path), timeout=30) as answer:
            return json.load(answer)

    def sku(self):
        products = self.fetch("/products")
        return next(entry.get("sku") or entry["id"] for entry in objects_of(products) if "sku" in entry or "id" in entry)


def objects_of(value):
    """Objects in a JSON document, nearest first."""
    from hoplens import objects
    return objects(value)
