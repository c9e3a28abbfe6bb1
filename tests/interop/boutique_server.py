"""A gRPC server that is not ours: Python's grpcio, serving the Online Boutique's contract with reflection."""
import threading
import time
from concurrent import futures

import grpc
from grpc_reflection.v1alpha import reflection

from compiled import compile_protos
from hoplens import ROOT

PROTO = ROOT / "tests/data/schema/online-boutique/demo.proto"
compile_protos([PROTO.parent], [PROTO.name])
import demo_pb2  # noqa: E402  (made by the line above)
import demo_pb2_grpc  # noqa: E402

SERVING, NOT_SERVING, NEW_STATE = b"\x08\x01", b"\x08\x02", b"\x08\x09"
PRODUCTS = [
    demo_pb2.Product(id="OLJCESPC7Z", name="Sunglasses", description="Add a modern touch to your outfits.",
                     picture="/static/img/products/sunglasses.jpg",
                     price_usd=demo_pb2.Money(currency_code="USD", units=19, nanos=990000000),
                     categories=["accessories"]),
    demo_pb2.Product(id="66VCHSJNUP", name="Tank Top", description="Perfectly cropped cotton tank.",
                     picture="/static/img/products/tank-top.jpg",
                     price_usd=demo_pb2.Money(currency_code="USD", units=18, nanos=990000000),
                     categories=["clothing", "tops"]),
    demo_pb2.Product(id="6E92ZMYYFZ", name="Mug", description="A simple mug with a mustard interior.",
                     picture="/static/img/products/mug.jpg",
                     price_usd=demo_pb2.Money(currency_code="USD", units=8, nanos=990000000),
                     categories=["kitchen"]),
]


class Catalog(demo_pb2_grpc.ProductCatalogServiceServicer):
    """Answers from the list; what a caller puts into its metadata steers it."""

    def __init__(self):
        self.saw_cancel = threading.Event()

    def GetProduct(self, request, context):
        metadata = dict(context.invocation_metadata())
        context.send_initial_metadata((("x-seen-tenant", metadata.get("x-tenant", "")),))
        context.set_trailing_metadata((("x-trailer-bin", b"\x00\xff"),))
        self._wait(context, int(metadata.get("x-delay-millis", 0)))
        for product in PRODUCTS:
            if product.id == request.id:
                return product
        context.abort(grpc.StatusCode.NOT_FOUND, "no product %r, naïvely" % request.id)

    def ListProducts(self, request, context):
        return demo_pb2.ListProductsResponse(products=PRODUCTS)

    def SearchProducts(self, request, context):
        hits = [product for product in PRODUCTS if request.query.lower() in product.name.lower()]
        return demo_pb2.SearchProductsResponse(results=hits)

    def _wait(self, context, millis):
        end = time.monotonic() + millis / 1000
        while time.monotonic() < end:
            if not context.is_active():
                self.saw_cancel.set()
                return
            time.sleep(0.01)


class Currency(demo_pb2_grpc.CurrencyServiceServicer):
    """Gives the amount back as it came, so that a digit that was lost shows."""

    def Convert(self, request, context):
        amount = getattr(request, "from")
        return demo_pb2.Money(currency_code=request.to_code, units=amount.units, nanos=amount.nanos)


class Heard(grpc.ServerInterceptor):
    """Keeps what metadata came with which method."""

    def __init__(self):
        self.calls = []

    def intercept_service(self, continuation, details):
        self.calls.append((details.method, list(details.invocation_metadata)))
        return continuation(details)


def health_of(boutique):
    """grpc.health.v1.Health by its bytes alone: what it says is boutique.health, as often as that changes."""
    def watch(request, context):
        told = None
        while context.is_active():
            if boutique.health != told:
                told = boutique.health
                yield told
            time.sleep(0.01)
    return grpc.method_handlers_generic_handler("grpc.health.v1.Health", {
        "Check": grpc.unary_unary_rpc_method_handler(lambda request, context: boutique.health),
        "Watch": grpc.unary_stream_rpc_method_handler(watch),
    })


class Boutique:
    """The server on a free port."""

    def __init__(self, port=0):
        self.catalog = Catalog()
        self.heard = Heard()
        self.server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), interceptors=(self.heard,))
        demo_pb2_grpc.add_ProductCatalogServiceServicer_to_server(self.catalog, self.server)
        demo_pb2_grpc.add_CurrencyServiceServicer_to_server(Currency(), self.server)
        self.health = SERVING
        self.server.add_generic_rpc_handlers((health_of(self),))
        names = ("hipstershop.ProductCatalogService", "hipstershop.CurrencyService", reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self.server)
        self.port = self.server.add_insecure_port("127.0.0.1:%d" % port)
        self.target = "127.0.0.1:%d" % self.port
        self.server.start()

    def stop(self):
        self.server.stop(0).wait()


if __name__ == "__main__":
    running = Boutique()
    print("listening on", running.target, flush=True)
    running.server.wait_for_termination()
