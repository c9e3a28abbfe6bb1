"""What a person does in the window, in the order in which they would come across it."""
import contextlib
import pathlib
import re
import shutil
import socket
import tempfile
import threading

import grpc

import stream_cases
import wire_cases
from boutique_server import PROTO, Boutique
from drive import OPERABLE, Screen, Window
from go_tutorial import GoServer, build
from hoplens import eventually

GET_PRODUCT = "hipstershop.ProductCatalogService/GetProduct"
LEDGER = """syntax = "proto3";
service Ledger {
  rpc Post (Entry) returns (Entry);
  rpc Undo (Entry) returns (Entry);
}
message Entry {
  string text = 1;
}
"""
SECRET = "Bearer never-on-the-disk-41c7"


class Cases:
    """One window for all cases; each method that begins with case_ is one."""

    def __init__(self, binary):
        self.binary = binary
        with contextlib.ExitStack() as opened:
            self.config = tempfile.mkdtemp(prefix="hoplens-window-")
            opened.callback(shutil.rmtree, self.config, ignore_errors=True)
            self.screen = Screen()
            opened.callback(self.screen.close)
            self.server = Boutique()
            opened.callback(self.server.stop)
            self.open()
            opened.callback(lambda: self.window.close())  # the window of that moment, not of this one
            self.opened = opened.pop_all()

    def open(self):
        self.window = Window(self.binary, self.screen, "--renderer", "glow", config=self.config)
        self.window.resize(1600, 1000)
        self.window.wait_for(re.compile("^greeter, |^cluster off"))

    def close(self):
        self.opened.close()

    # --- the first call --------------------------------------------------------------------------------

    def case_the_frame_stands(self):
        for name in ("Load proto...", "Ask a server...", "Path to load", "Send", "Target", "Freeze", "Fit"):
            self.window.wait_for(name, exact=True)
        self.window.wait_for("cluster 15 of 15")
        self.window.wait_for(re.compile(r"^gateway :\d+$"))

    def case_the_demo_is_in_the_diagram(self):
        self.window.wait_for("greeter, 2 instances")
        self.window.wait_for("gateway to greeter, 0 calls")

    def case_the_greeter_is_ready_and_ctrl_enter_sends(self):
        self.window.wait_for("Greeter/SayHello", "button")
        self.window.key("Enter", ctrl=True)
        self.window.wait_for("Hello Ada")
        self.window.wait_for("0 OK", exact=True)
        self.window.wait_for("gateway to greeter, 1 call")

    def case_four_sends_show_both_greeters(self):
        self.window.click("Headers", "tab")
        served = set()
        for n_calls in range(2, 6):
            self.send()
            self.window.wait_for("client to gateway, %d calls" % n_calls)
            served.add(self.window.wait_for(re.compile(r"^greeter-\d$"), "label")[2])
        assert served == {"greeter-1", "greeter-2"}, served

    def case_each_scene_has_its_draft_and_its_boxes(self):
        self.choose_scene("Shop", "Hello")
        self.window.wait_for("SayHello \u00b7 greeter-1", "tab")
        self.window.wait_for("client to greeter, 0 calls", "button")
        self.window.wait_gone("client to gateway, ", "button")  # its calls of a moment ago are over
        assert not self.window.find(re.compile(r"^(orders|gateway|storefront), \d instance"), "button")
        for n_calls in range(1, 3):
            self.send()
            self.window.wait_for(re.compile("^client to greeter, %d call" % n_calls))
            self.window.wait_for("greeter-1", "label", exact=True)
        self.window.wait_for("No gateway, no balancer: every call goes to greeter-1.")
        self.choose_scene("Hello", "Hello through the gateway")
        self.window.wait_for("gateway to greeter, 5 calls", "button")
        self.choose_scene("Hello through the gateway", "Shop")
        self.window.wait_for("POST /checkout", "tab")
        self.window.wait_for(re.compile("^orders, 2 instances"), "button")
        self.on_disk("settings.toml", 'scene = "shop"')
        self.window.click("Close SayHello \u00b7 greeter-1", "button")
        self.window.click("Close POST /checkout", "button")
        self.window.wait_for("SayHello", "tab", exact=True)

    def case_each_tab_of_the_answer(self):
        self.window.click("SayHello", "tab")
        for tab, shown in (("Wire", "trailers grpc-status 0"), ("Timing", "Connection"), ("Trace", "greeter"), ("Body", "Hello Ada")):
            self.window.click(tab, "tab")
            self.window.wait_for(shown)
            self.all_named()

    case_each_byte_says_what_it_means = wire_cases.each_byte_says_what_it_means
    case_how_a_call_flowed_leads_to_its_bytes_at_the_gateway = wire_cases.how_a_call_flowed

    def case_http_through_the_gateway(self):
        self.window.click("GET /products", "button")
        self.send()
        self.window.wait_for(re.compile("^200"))
        self.window.wait_for("sku")

    case_a_chat_goes_on_message_by_message = stream_cases.a_chat_goes_on_message_by_message
    case_a_script_uploads_at_its_pace = stream_cases.a_script_uploads_at_its_pace

    # --- a proto that is no file yet ---------------------------------------------------------------------

    def case_a_new_proto_is_typed_broken_and_mended(self):
        self.window.click("New proto...", "button")
        self.window.wait_for("Compiles: 1 service, 1 method.")
        self.window.write("Text of scratch-1.proto", LEDGER)
        self.window.wait_for("Compiles: 1 service, 2 methods.")
        self.window.wait_for("Ledger/Post", "button")
        self.all_named()
        self.window.write("Text of scratch-1.proto", LEDGER.replace("returns (Entry);\n  rpc", "returns (Entry)\n  rpc"))
        self.window.wait_for("1 problem. Calls use the last text that compiled.")
        self.window.wait_for(re.compile("^Line 4: This is not valid protobuf"), "label")
        self.window.wait_for("4:3", "button", exact=True)
        self.window.wait_for("Ledger/Post", "button")
        self.all_named()
        self.window.write("Text of scratch-1.proto", LEDGER)
        self.window.wait_for("Compiles: 1 service, 2 methods.")

    def case_its_method_is_called_and_the_draft_goes_on_with_it(self):
        self.window.click("Ledger/Post", "button")
        self.window.write("Target", self.gateway())
        self.window.write("text", "twelve")
        self.send()
        self.window.wait_for("12 UNIMPLEMENTED")
        self.window.click("scratch-1.proto", "tab")
        self.window.write("Text of scratch-1.proto", LEDGER.replace("string text = 1;", "string text = 1; int64 cents = 2;"))
        self.window.click("Post", "tab")
        self.window.wait_for("cents", "input", exact=True)
        self.window.wait_for("twelve", "input", exact=True)

    def case_a_kill_keeps_what_was_typed(self):
        self.on_disk("scratch.toml", "int64 cents")
        self.on_disk("drafts.toml", "twelve")
        self.window.kill()
        self.open()
        self.window.wait_for("Ledger/Post", "button")
        self.window.click("scratch-1.proto", "tab")
        self.window.wait_for("int64 cents = 2;", "input")

    def case_a_scratch_is_saved_as_a_file(self):
        path = pathlib.Path(self.config, "ledger.proto")
        path.write_text("somebody's own")
        self.window.click("Save as file...", "button")
        self.window.write("File to save as", str(path))
        self.window.click("Save", "button")
        self.window.wait_for("%s is there already." % path)
        self.all_named()
        self.window.click("Replace it", "button")
        self.window.wait_for(re.compile("^ledger.proto, file"))
        self.window.wait_gone("scratch-1.proto", "tab")
        assert "int64 cents" in path.read_text(), path.read_text()
        self.window.click("Post", "tab")
        self.window.wait_for("cents", "input", exact=True)
        self.window.click("Close Post", "button")
        self.window.click("Menu of ledger.proto", "button")
        self.window.click("Close", "button")
        self.window.wait_gone(re.compile("^ledger.proto, file"))

    # --- a server that is not ours ---------------------------------------------------------------------

    def case_a_proto_by_its_path_and_a_call_to_a_foreign_server(self):
        self.window.write("Path to load", str(PROTO))
        self.window.key("Enter")
        self.window.wait_for("demo.proto")
        self.window.write("Filter methods", "GetProduct hipster")
        self.window.click(GET_PRODUCT, "button")
        self.window.write("Target", self.server.target)
        self.window.write("id", "OLJCESPC7Z")
        self.send()
        self.window.wait_for("Sunglasses")
        self.window.wait_for("0 OK", exact=True)

    def case_the_foreign_server_is_in_the_diagram(self):
        self.window.wait_for(re.compile(r"^hipstershop\.ProductCatalogService, 1 call"), "button")
        self.window.wait_for("client to hipstershop.ProductCatalogService, 1 call", "button")

    def case_metadata_reaches_the_server(self):
        self.window.click(re.compile("^Metadata"), "tab")
        self.add_row(1, "x-tenant", "blue")
        self.send()
        self.window.click("Headers", "tab")
        self.window.wait_for("x-seen-tenant")
        self.window.wait_for("blue", "label", exact=True)

    def case_form_and_json_keep_in_step(self):
        self.window.click("JSON", "tab")
        self.window.wait_for("OLJCESPC7Z", "input")
        self.window.write("Body", '{"id": "66VCHSJNUP"}')
        self.window.click("Form", "tab")
        self.window.wait_for("66VCHSJNUP", "input", exact=True)

    def case_wrong_json_is_marked_and_nothing_is_lost(self):
        self.window.click("JSON", "tab")
        self.window.write("Body", '{"id": "66VCHSJNUP",, "x"}')
        self.window.click("Form", "tab")
        self.window.wait_for("The JSON breaks at line 1")
        self.send()
        self.window.wait_for("Nothing was sent")
        self.window.click("Go to JSON")
        self.window.wait_for('{"id": "66VCHSJNUP",, "x"}', "input", exact=True)
        self.window.write("Body", '{"id": "66VCHSJNUP"}')
        self.window.click("Form", "tab")
        self.window.wait_for("66VCHSJNUP", "input", exact=True)

    def case_a_slow_call_is_cancelled(self):
        self.window.click(re.compile("^Metadata"), "tab")
        self.add_row(2, "x-delay-millis", "60000")
        self.server.catalog.saw_cancel.clear()
        self.send()
        self.window.click("Cancel", "button")
        assert self.server.catalog.saw_cancel.wait(30), "the server went on working"
        self.window.wait_for("was cancelled after")
        self.window.click("Remove row 2", "button")

    def case_a_server_by_reflection(self):
        self.window.write("Filter methods", "")
        self.window.click("Ask a server...", "button")
        self.window.write("Server to ask", self.server.target)
        self.window.click("Ask", "button")
        self.window.wait_for("%s is loaded" % self.server.target)
        self.window.write("Filter methods", "Convert")
        self.window.wait_for(re.compile("^%s, reflection" % re.escape(self.server.target)))
        self.window.write("Filter methods", "")

    # --- a client that is not ours -----------------------------------------------------------------------

    def case_a_tap_shows_the_calls_of_a_foreign_client(self):
        self.window.click("New draft", "button")
        self.window.click("Tap a service...", "button")
        self.window.write("Port", "0")
        self.window.write("Target of the tap", self.server.target)
        self.all_named()
        self.window.click("Start tap", "button")
        self.window.wait_for("Nothing has passed yet")
        address = self.window.wait_for(re.compile(r"^127\.0\.0\.1:\d+$"), "label")
        self.tapped = address[2] or address[1]
        with grpc.insecure_channel(self.tapped) as channel:
            ask = channel.unary_unary("/" + GET_PRODUCT)
            assert b"Sunglasses" in ask(b"\n\x0aOLJCESPC7Z", metadata=[("x-tenant", "green")])
        self.window.click(re.compile("^%s, grpc-python, 0 OK" % re.escape(GET_PRODUCT)), "button")
        self.window.click("Body", "tab")
        self.window.wait_for("Sunglasses")
        self.window.click("Wire", "tab")
        self.window.click(re.compile("^sent message 1"), "button")
        self.window.wait_for('id "OLJCESPC7Z"', "button")
        self.window.wait_for(re.compile(r"^grpc-python to hipstershop\.ProductCatalogService, 1 call"), "button")
        self.all_named()

    def case_a_call_that_passed_is_saved_as_a_draft(self):
        self.window.click("Save as draft", "button")
        self.window.wait_for("OLJCESPC7Z", "input", exact=True)
        self.window.click(re.compile("^Metadata"), "tab")
        self.window.wait_for("x-tenant", "input", exact=True)
        self.window.click("Form", "tab")
        self.send()
        self.window.click("Body", "tab")
        self.window.wait_for("Sunglasses")
        self.window.key("W", ctrl=True)
        self.window.click(re.compile(r"^Tap :\d+$"), "tab")
        self.window.click("Stop", "button")
        self.window.wait_for("Start tap", "button")
        eventually(lambda: is_refused(int(self.tapped.split(":")[1])), "the port free again")
        self.window.click(re.compile(r"^Close Tap"), "button")
        self.window.wait_gone(re.compile(r"^Tap"), "tab")

    # --- a schema that nobody has implemented ---------------------------------------------------------------

    def case_a_schema_is_served_with_one_click_and_answers(self):
        self.window.write("Filter methods", "")
        self.window.click("Serve demo.proto", "button")
        self.window.wait_for(re.compile(r"mock :\d+"))
        self.window.wait_for(re.compile("^demo.*, 1 instance, .*mock"), "button")
        self.window.write("Filter methods", "Convert hipster")
        self.window.click("hipstershop.CurrencyService/Convert", "button")
        self.window.write("Filter methods", "")
        self.send()
        self.window.wait_for("0 OK", exact=True)
        self.window.click("Body", "tab")
        self.window.wait_for("currencyCode")

    def case_an_answer_that_does_not_fit_stays_out_of_force(self):
        self.answer_with('{"currencyCode": "CHF", "units": "1"}')
        self.answered("CHF")
        self.answer_with('{\n  "currencyCode": "EUR",\n  "unit": 2\n}')
        self.window.wait_for("so the answer before it stays in force")
        self.window.wait_for(re.compile('(?i)line 3.*"unit"|"unit".*line 3'))
        self.all_named()
        self.answered("CHF")
        self.answer_with('{"currencyCode": "{{request.to_code}}", "units": 2}')
        self.window.wait_gone("so the answer before it stays in force")
        self.window.click("JSON", "tab")
        self.window.write("Body", '{"toCode": "SEK"}')
        self.answered("SEK")

    def case_serving_ends_and_the_port_is_free(self):
        badge = self.window.wait_for(re.compile(r"mock :\d+"))
        port = int(re.search(r"mock :(\d+)", badge[1] + badge[2])[1])
        self.window.click("Stop serving demo.proto", "button")
        eventually(lambda: is_refused(port), "port %d free again" % port)
        self.window.wait_gone(re.compile(r"mock :\d+"))
        self.window.wait_gone("Mock", "tab")
        self.window.click("Close Convert", "button")

    # --- traffic and hands on the services -------------------------------------------------------------------

    def case_shoppers_walk_and_their_figures_add_up(self):
        self.choose_traffic("traffic off", "traffic 20 per s")
        for edge in ("client to gateway", "gateway to storefront", "storefront to orders", "orders to payment"):
            self.window.wait_for(re.compile("^%s, [1-9]" % edge), "button")
        self.choose_traffic("traffic 20 per s", "traffic off")
        self.window.click("traffic off", "button")
        self.window.wait_for("0 under way")
        figures = {}
        for node in self.window.nodes():
            found = re.search(r"^([\d,]+) (calls sent|answered|failed)", node[1] or node[2])
            if found:
                figures.setdefault(found[2], {})[node[1] or node[2]] = int(found[1].replace(",", ""))
        sent, ended = (sum(figures["calls sent"].values()),
                       sum(sum(figures.get(name, {}).values()) for name in ("answered", "failed")))
        assert sent == ended > 0, figures
        self.all_named()
        self.window.key("Escape")

    def case_an_instance_is_added_and_one_killed(self):
        self.menu_of("greeter", "Add an instance")
        self.window.wait_for(re.compile("^greeter, 3 instances"), "button")
        self.menu_of("greeter", "greeter-3", "Kill greeter-3")
        self.window.wait_for(re.compile("^greeter, 2 of 3 instances"), "button")
        self.menu_of("greeter", "greeter-3", "Remove greeter-3")
        self.window.wait_for(re.compile("^greeter, 2 instances"), "button")

    def case_a_service_is_slowed_fails_hangs_and_is_left_alone(self):
        self.menu_of("payment", "Slow... payment")
        self.window.wait_for("What payment has to bear")
        self.all_named()
        self.window.write("Answers come later by", "400", "spinButton")
        self.window.key("Enter")
        self.window.click("Apply", "button")
        self.window.wait_for(re.compile("^payment, .*payment-1: slowed by 400 ms"), "button")
        self.menu_of("payment", "Fail... payment")
        self.window.write("Share of calls that fail", "30", "spinButton")
        self.window.key("Enter")
        self.window.click("Apply", "button")
        self.window.wait_for(re.compile("^payment, .*slowed by 400 ms, 30 % fail with UNAVAILABLE"), "button")
        self.menu_of("payment", "Hang payment")
        self.window.wait_for(re.compile("^payment, .*payment-2: hangs"), "button")
        self.menu_of("payment", "Leave alone payment")
        self.window.wait_gone(re.compile("^payment, .*hangs"), "button")

    def case_a_line_of_a_log_opens_its_call(self):
        self.window.click("SayHello", "tab")
        self.menu_of("greeter", "greeter-1", "Log of greeter-1")
        self.window.wait_for("Close log", "button")
        for _ in range(2):  # one of two goes to each greeter
            self.send()
            self.window.wait_for("0 OK", exact=True)
        self.window.click(re.compile("Received: Ada"))
        self.window.wait_for(re.compile("^greeter-1 Greeter/SayHello, "))
        self.all_named()
        # A shopper may be called Ada too: his call has no draft, and the way back is a button then.
        if self.window.find("Back to the answer", "button"):
            self.window.click("Back to the answer", "button")
        self.window.click("Close log", "button")

    # --- the demo ---------------------------------------------------------------------------------------

    def case_an_instance_stops_and_starts_while_calls_run(self):
        with Caller(self.gateway()) as caller:
            self.window.click(re.compile("^greeter, 2 instances"), "button", button="Secondary")
            self.window.click("greeter-2", "button")
            self.window.click("Stop greeter-2", "button")
            self.window.wait_for("cluster 14 of 15")
            caller.more()
            assert set(caller.ends) <= {"OK", "UNAVAILABLE"}, caller.ends
            assert caller.ends[-1] == "OK", caller.ends[-5:]
            self.window.click(re.compile("^greeter, "), "button", button="Secondary")
            self.window.click("greeter-2", "button")
            self.window.click("Start greeter-2", "button")
            self.window.wait_for("cluster 15 of 15")

    def case_stop_demo_frees_the_ports(self):
        self.window.click(re.compile("^cluster "), "button")
        self.window.wait_for("Port of greeter-2")
        self.ports = [int(node[2]) for node in self.window.find("Port of ", "input")]
        self.ports.append(int(self.gateway().rpartition(":")[2]))
        self.all_named()
        self.window.click("Stop demo", "button")
        self.window.wait_for("cluster off")
        self.window.wait_for("gateway off")
        for port in self.ports:
            eventually(lambda: is_refused(port), "port %d free again" % port)
        assert len(self.ports) == 16, self.ports

    def case_our_window_on_the_go_tutorials_server(self):
        with contextlib.ExitStack() as opened:
            folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="hoplens-go-"))
            build(folder)
            # The port of the tutorial, unless another program on this machine has it.
            server = GoServer(folder, 50051 if is_refused(50051) else 0)
            opened.callback(server.stop)
            self.window.click("SayHello", "tab")
            self.window.write("Target", server.target)
            self.window.write("name", "Gopher")
            self.send()
            self.window.click("Body", "tab")
            self.window.wait_for("Hello Gopher")
            self.window.click("Ask a server...", "button")
            self.window.write("Server to ask", server.target)
            self.window.click("Ask", "button")
            self.window.wait_for("%s is loaded" % server.target)

    def case_stop_demo_is_remembered(self):
        self.window.close()
        self.open()
        self.window.wait_for("cluster off")

    def case_start_demo(self):
        self.window.click("cluster off", "button")
        self.window.click("Start demo", "button")
        self.window.wait_for("cluster 15 of 15")
        self.window.wait_for(re.compile(r"^gateway :\d+$"))

    # --- the other language -------------------------------------------------------------------------------

    def case_chinese_is_spoken_at_once_typed_sent_and_read(self):
        gateway = self.gateway()
        self.window.click("SayHello", "tab")
        self.window.click("Settings", "button")
        self.window.click("简体中文", "tab")
        self.window.key("Escape")
        for name in ("发送", "加载 proto...", "询问服务器...", "冻结", "集群 15/15"):
            self.window.wait_for(name, "button", exact=True)
        self.window.wait_for("greeter，2 个实例")
        self.window.write("目标", gateway)
        self.window.click("表单", "tab")
        self.window.write("name", "你好")
        self.window.click("发送", "button")
        self.window.click("正文", "tab")
        self.window.wait_for("Hello 你好")
        self.window.wait_for("经由 gateway，greeter 应答 0 OK")
        self.window.click("报文", "tab")
        self.window.click(re.compile("^发送 消息 1"), "button")
        self.window.wait_for(re.compile("e4 bd a0 .*你"))
        for tab in ("头部", "耗时", "链路", "认证", "选项", "JSON"):
            self.window.click(tab, "tab")
            self.all_named()
        self.window.wait_for("你好", "input")
        left = {"Send", "Settings", "Theme", "Form", "Metadata", "Auth", "Options", "Body", "Headers", "Wire", "Timing"}
        assert not left & {node[1] for node in self.window.nodes()}, "English words are left"
        self.on_disk("settings.toml", "zh-Hans")
        self.window.click("设置", "button")
        self.window.click("English", "tab")
        self.window.key("Escape")
        self.window.wait_for("Send", "button", exact=True)
        self.window.wait_for("cluster 15 of 15")

    # --- what stays ---------------------------------------------------------------------------------------

    def case_a_kill_loses_nothing_but_secrets(self):
        self.window.click("GetProduct", "tab")
        self.window.click("Form", "tab")
        self.window.write("id", "6E92ZMYYFZ")
        self.window.click(re.compile("^Metadata"), "tab")
        self.add_row(2, "authorization", SECRET)
        self.window.wait_for("Kept in memory only")
        explorer = self.window.wait_for("Filter methods")[3]
        self.window.drag((explorer[2] + 8, 500), (explorer[2] + 88, 500))
        wider = self.window.wait_for("Filter methods")[3]
        assert wider[2] > explorer[2] + 40, (explorer, wider)
        self.on_disk("drafts.toml", "6E92ZMYYFZ")
        self.on_disk("drafts.toml", "authorization")
        self.on_disk("sources.toml", str(PROTO))
        self.on_disk("layout.toml", "wide")
        self.window.kill()
        texts = [file.read_bytes() for file in pathlib.Path(self.config).rglob("*") if file.is_file()]
        assert not any(SECRET.encode() in text for text in texts), "a secret is on the disk"
        self.open()
        self.window.click("GetProduct", "tab")
        self.window.click("Form", "tab")
        self.window.wait_for("6E92ZMYYFZ", "input", exact=True)
        self.window.wait_for(self.server.target, "input", exact=True)
        self.window.click(re.compile("^Metadata"), "tab")
        self.window.wait_for("authorization", "input", exact=True)
        assert not self.window.find("never-on-the-disk"), "a secret came back"
        again = self.window.wait_for("Filter methods")[3]
        assert abs(again[2] - wider[2]) < 4, (wider, again)
        self.window.write("Filter methods", "GetProduct hipster")
        self.window.wait_for(GET_PRODUCT, "button")
        self.window.write("Filter methods", "")

    def case_light_and_dark(self):
        looks = {}
        for theme in ("Light", "Dark"):
            self.window.click("Theme", "button")
            self.window.click(theme)
            is_so = (lambda: sum(self.window.corner()) > 600) if theme == "Light" else (
                lambda: sum(self.window.corner()) < 200)
            eventually(is_so, "the theme " + theme)
            looks[theme] = self.window.corner()
        self.on_disk("settings.toml", "dark")

    def case_a_narrow_window_shows_flow_as_a_tab(self):
        self.window.resize(1280, 800)
        self.window.click("Flow", "tab")
        self.window.wait_for(re.compile("^greeter, 2 instances"))
        flow = self.window.wait_for("Flow", "tab")[3]
        response = self.window.wait_for("Response", "tab")[3]
        assert flow[1] == response[1], (flow, response)
        self.window.click("Response", "tab")
        self.window.resize(1600, 1000)

    def case_every_control_has_a_name(self):
        for tab in ("Form", "JSON", "Metadata", "Auth", "Options"):
            self.window.click(re.compile("^" + tab), "tab")
            self.all_named()
        self.window.click(re.compile("^greeter, "), "button")
        self.window.wait_for("Close inspector")
        self.all_named()
        for menu in ("Theme", "Settings", "Find or run", re.compile("^gateway :"), re.compile("^cluster ")):
            self.window.click(menu, "button")
            self.all_named()
            self.window.key("Escape")

    # --- steps ---------------------------------------------------------------------------------------------

    def send(self):
        self.window.click("Send", "button")

    def add_row(self, number, name, value):
        self.window.click("+ Add row")
        self.window.write("Name of row %d" % number, name)
        self.window.write("Value of row %d" % number, value)

    def choose_scene(self, before, scene):
        self.window.click("Scene: " + before, "button")
        self.window.click(scene, "radioButton")
        self.window.wait_for("Scene: " + scene, "button", exact=True)

    def choose_traffic(self, before, rate):
        self.window.click(before, "button")
        items = [node for node in self.window.find(rate, exact=True) if node[0] != "button"]
        self.window.click(rate, items[0][0]) if items else self.window.click(rate)
        self.window.wait_for(rate, "button", exact=True)

    def menu_of(self, service, *items):
        self.window.click(re.compile("^%s, " % service), "button", button="Secondary")
        for item in items:
            self.window.click(item, "button")

    def answer_with(self, text):
        self.window.click("Mock", "tab")
        self.window.write("Body", text)

    def answered(self, text):
        self.send()
        self.window.wait_for(re.compile(r'^\s*"?.*%s' % text), "label")

    def gateway(self):
        port = self.window.wait_for(re.compile(r"^gateway :\d+$"))[1].rpartition(":")[2]
        return "127.0.0.1:" + port

    def on_disk(self, name, text):
        file = pathlib.Path(self.config, name)
        eventually(lambda: file.exists() and text in file.read_text(encoding="utf-8"), "%r in %s" % (text, name))

    def all_named(self):
        nameless = [node for node in self.window.nodes() if node[0] in OPERABLE and not node[1]]
        assert not nameless, nameless


class Caller:
    """Calls the Greeter through the gateway, one call after another, and keeps how each ended."""

    def __init__(self, target):
        self.target = target
        self.ends = []
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        with grpc.insecure_channel(self.target) as channel:
            ask = channel.unary_unary("/Greeter/SayHello")
            while not self.is_over.wait(0.02):
                try:
                    ask(b"\x0a\x03Ada", timeout=10)
                    self.ends.append("OK")
                except grpc.RpcError as error:
                    self.ends.append(error.code().name)

    def more(self, n_calls=20):
        until = len(self.ends) + n_calls
        eventually(lambda: len(self.ends) >= until, "%d more calls" % n_calls)

    def __enter__(self):
        self.thread.start()
        self.more(5)
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


def is_refused(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
