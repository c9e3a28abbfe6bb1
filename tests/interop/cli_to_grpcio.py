"""Our command line against Python's grpcio server."""
import json
import signal
import subprocess

from google.protobuf import json_format, text_format

from boutique_server import NEW_STATE, NOT_SERVING, PROTO, SERVING, Boutique, demo_pb2
from nginx import Nginx

GET = "hipstershop.ProductCatalogService/GetProduct"
CONVERT = "hipstershop.CurrencyService/Convert"
# A gRPC status is the exit code 64 + code; 2 says that we could not even ask.
Product, Money = demo_pb2.Product, demo_pb2.Money
CANNOT_ASK, DEADLINE_EXCEEDED, NOT_FOUND, UNIMPLEMENTED = 2, 64 + 4, 64 + 5, 64 + 12


class Cases:
    """Each method that begins with case_ is one case."""

    def __init__(self, hoplens):
        self.hoplens = hoplens
        self.server = Boutique()
        self.target = self.server.target
        self.by_proto = ("--proto", PROTO)

    def close(self):
        self.server.stop()

    def case_version(self):
        assert self.hoplens.run("--version").stdout.startswith("hoplens ")

    def case_call_by_proto(self):
        product = self.hoplens.json("call", self.target, GET, "-d", '{"id": "OLJCESPC7Z"}', *self.by_proto)
        assert product["name"] == "Sunglasses" and product["priceUsd"]["units"] == "19", product

    def case_call_by_proto_with_an_import_root(self):
        product = self.hoplens.json("call", self.target, GET, "-d", '{"id": "6E92ZMYYFZ"}',
                                    "-I", PROTO.parent, "--proto", PROTO.name)
        assert product["name"] == "Mug", product

    def case_call_by_reflection(self):
        product = self.hoplens.json("call", self.target, GET, "-d", '{"id": "66VCHSJNUP"}')
        assert product["categories"] == ["clothing", "tops"], product

    def case_reflection_and_proto_agree(self):
        listed = [self.hoplens.json("call", self.target, "hipstershop.ProductCatalogService/ListProducts", *how)
                  for how in ((), self.by_proto)]
        assert listed[0] == listed[1] and len(listed[0]["products"]) == 3, listed

    def case_body_from_stdin_and_from_a_file(self):
        body = '{"id": "OLJCESPC7Z"}'
        name = self.hoplens.config + "/body.json"
        with open(name, "w", encoding="utf-8") as file:
            file.write(body)
        assert self.hoplens.json("call", self.target, GET, "-d", "-", stdin=body)["name"] == "Sunglasses"
        assert self.hoplens.json("call", self.target, GET, "-d", "@" + name)["name"] == "Sunglasses"

    def case_a_status_is_an_exit_code(self):
        done = self.hoplens.run("call", self.target, GET, "-d", '{"id": "gone"}', code=NOT_FOUND)
        assert "NOT_FOUND" in done.stderr and "naïvely" in done.stderr, done.stderr
        assert done.stdout.strip() == "", done.stdout

    def case_a_service_that_is_not_served(self):
        done = self.hoplens.run("call", self.target, "hipstershop.AdService/GetAds", *self.by_proto, code=UNIMPLEMENTED)
        assert "UNIMPLEMENTED" in done.stderr, done.stderr

    def case_a_method_that_no_schema_knows(self):
        done = self.hoplens.run("call", self.target, "hipstershop.AdService/Gone", *self.by_proto, code=CANNOT_ASK)
        assert "Gone" in done.stderr, done.stderr

    def case_integers_of_64_bits_stay_exact(self):
        for units in ("9007199254740993", "-9223372036854775808", "9223372036854775807"):
            body = json.dumps({"from": {"units": units, "currencyCode": "USD"}, "toCode": "EUR"})
            money = self.hoplens.json("call", self.target, CONVERT, "-d", body)
            assert money["units"] == units and money["currencyCode"] == "EUR", money

    def case_metadata_travels_both_ways(self):
        call = self.hoplens.json("call", self.target, GET, "-d", '{"id": "OLJCESPC7Z"}', "-H", "x-tenant: blue", "--json")
        text = json.dumps(call)
        assert "x-seen-tenant" in text and "blue" in text and "x-trailer-bin" in text, text
        assert {"request", "outcome", "headers", "trailers"} <= set(call), sorted(call)

    def case_metadata_for_the_call_and_for_reflection_alone(self):
        self.server.heard.calls.clear()
        self.hoplens.json("call", self.target, GET, "-d", '{"id": "OLJCESPC7Z"}', "-H", "x-for: both",
                          "--rpc-header", "x-for: call", "--rpc-header", "x-for: call too", "--reflect-header", "x-for: question")
        heard = {}
        for method, metadata in self.server.heard.calls:
            heard.setdefault("reflection" in method, []).append([value for name, value in metadata if name == "x-for"])
        assert heard[False] == [["both", "call", "call too"]], heard
        assert heard[True] and all(one == ["both", "question"] for one in heard[True]), heard

    def case_bytes_of_metadata_however_they_are_written(self):
        self.server.heard.calls.clear()
        said = [part for value in ("AAEC", "hex:0a0B ff", "text:grüß: dich", "AAE=") for part in ("-H", "key-bin: " + value)]
        self.hoplens.json("call", self.target, GET, "-d", '{"id": "OLJCESPC7Z"}', *said)
        wanted = [b"\x00\x01\x02", b"\x0a\x0b\xff", "grüß: dich".encode(), b"\x00\x01"]
        heard = [[value for name, value in metadata if name == "key-bin"] for _, metadata in self.server.heard.calls]
        assert len(heard) > 1 and all(one == wanted for one in heard), heard
        done = self.hoplens.run("call", self.target, GET, "-H", "key-bin: hex:0", *self.by_proto, code=CANNOT_ASK)
        assert "key-bin" in done.stderr and "hex" in done.stderr, done.stderr

    def case_the_user_agent(self):
        for said, wanted in ((("--user-agent", "load/1 (test)"), "load/1 (test)"), ((), "hoplens/"),
                             (("--user-agent", "a", "-H", "User-Agent: b"), "b")):
            self.server.heard.calls.clear()
            self.hoplens.json("call", self.target, GET, "-d", '{"id": "OLJCESPC7Z"}', *said)
            heard = [[value for name, value in metadata if name == "user-agent"] for _, metadata in self.server.heard.calls]
            assert len(heard) > 1, "reflection and the call: %s" % heard
            assert all(len(one) == 1 and (one[0] == wanted if said else one[0].startswith(wanted)) for one in heard), heard

    def case_a_message_in_text_format(self):
        done = self.hoplens.run("call", self.target, GET, "-d", 'id: "OLJCESPC7Z"', "--format", "text")
        assert 'name: "Sunglasses"' in done.stdout and "price_usd" in done.stdout, done.stdout
        parsed = text_format.Parse(done.stdout, Product())
        assert parsed.price_usd.units == 19, parsed

    def case_defaults_as_python_prints_them(self):
        done = self.hoplens.run("call", self.target, CONVERT, "-d", "{}", "--emit-defaults")
        ours, theirs = json.loads(done.stdout), json_format.MessageToDict(Money(), always_print_fields_with_no_presence=True)
        assert ours == theirs, (ours, theirs)

    def case_health_once(self):
        said = []
        for state, code in ((SERVING, 0), (NOT_SERVING, 1), (NEW_STATE, 1), (b"", 1)):
            self.server.health = state
            said.append(self.hoplens.run("health", self.target, "any.Service", code=code).stdout.strip())
        self.server.health = SERVING
        assert said == ["SERVING", "NOT_SERVING", "9", "UNKNOWN"], said

    def case_health_at_every_change(self):
        process = subprocess.Popen([self.hoplens.binary, "health", self.target, "--watch"], env=self.hoplens.env,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said = []
        for state in (NOT_SERVING, SERVING):
            said.append(process.stdout.readline().strip())
            self.server.health = state
        said.append(process.stdout.readline().strip())
        process.send_signal(signal.SIGINT)
        assert said == ["SERVING", "NOT_SERVING", "SERVING"] and process.wait(30) == 130, said

    def case_behind_a_path_of_nginx(self):
        nginx = Nginx("location /behind/ { rewrite ^/behind(.*)$ $1 break; grpc_pass grpc://%s; }" % self.target)
        try:
            target = "http://%s/behind" % nginx.address("http2")
            product = self.hoplens.json("call", target, GET, "-d", '{"id": "OLJCESPC7Z"}')
            assert product["name"] == "Sunglasses", product
            assert "hipstershop.CurrencyService" in self.hoplens.run("list", target).stdout
            assert self.hoplens.run("health", target + "/").stdout.strip() == "SERVING"
            done = self.hoplens.run("call", target + "?x=1", GET, *self.by_proto, code=CANNOT_ASK)
            assert "?x=1" in done.stderr, done.stderr
        finally:
            nginx.stop()

    def case_a_deadline_reaches_the_server(self):
        self.server.catalog.saw_cancel.clear()
        done = self.hoplens.run("call", self.target, GET, "-d", '{"id": "OLJCESPC7Z"}', "-H", "x-delay-millis: 20000",
                                "--deadline", "300ms", code=DEADLINE_EXCEEDED)
        assert "DEADLINE_EXCEEDED" in done.stderr, done.stderr
        assert self.server.catalog.saw_cancel.wait(30), "the server went on working"

    def case_a_field_that_is_not_there(self):
        done = self.hoplens.run("call", self.target, GET, "-d", '{\n  "idd": "x"\n}', code=CANNOT_ASK)
        assert "idd" in done.stderr and "2" in done.stderr, done.stderr

    def case_a_value_of_the_wrong_type(self):
        done = self.hoplens.run("call", self.target, GET, "-d", '{"id": 7}', code=CANNOT_ASK)
        assert "id" in done.stderr, done.stderr

    def case_nobody_listens(self):
        gone = Boutique()
        gone.stop()
        done = self.hoplens.run("call", gone.target, GET, "-d", "{}", *self.by_proto, code=CANNOT_ASK)
        assert gone.target in done.stderr, done.stderr

    def case_tls_to_a_plaintext_server(self):
        done = self.hoplens.run("call", self.target, GET, "-d", "{}", "--tls", *self.by_proto, code=CANNOT_ASK)
        assert "plaintext" in done.stderr, done.stderr

    def case_a_name_that_does_not_resolve(self):
        done = self.hoplens.run("call", "nowhere.invalid:50051", GET, "-d", "{}", *self.by_proto, code=CANNOT_ASK)
        assert "nowhere.invalid" in done.stderr, done.stderr

    def case_list_services(self):
        names = self.hoplens.run("list", self.target).stdout.split()
        assert "hipstershop.ProductCatalogService" in names, names

    def case_list_methods(self):
        listed = self.hoplens.run("list", self.target, "hipstershop.ProductCatalogService").stdout
        for method in ("GetProduct", "ListProducts", "SearchProducts"):
            assert method in listed, listed

    def case_describe_a_message(self):
        text = self.hoplens.run("describe", self.target, "hipstershop.Product").stdout
        assert "message hipstershop.Product {" in text and "price_usd" in text, text
