"""The bytes of a call in the real window: cases of `Cases`, written apart."""

import re


def each_byte_says_what_it_means(self):
    self.window.click("Wire", "tab")
    self.window.click(re.compile("^sent message 1"), "button")
    self.window.click('name "Ada"', "button", exact=True)
    self.window.click("Frames", "tab")
    self.window.click(re.compile("^sent HEADERS"), "button")
    self.window.wait_for(":path /Greeter/SayHello", "button")
    self.window.write("Find in the bytes", "application/grpc")
    self.window.wait_for(re.compile("^1 of [1-9]"))
    self.window.write("Find in the bytes", "")
    self.window.click("Overhead", "tab")
    self.window.wait_for(re.compile("^payload: 5 B, 11 B"))
    self.all_named()
    self.window.click("Logical", "tab")
    self.window.click("Body", "tab")


def how_a_call_flowed(self):
    self.send()
    self.window.wait_for("0 OK", exact=True)
    self.window.click("Trace", "tab")
    self.window.click("How it flowed", "tab")
    self.window.wait_for(re.compile(r"^client \u2192 gateway-1: headers SayHello, \d+ B, .* after the start"), "button")
    self.window.wait_for(re.compile(r"^greeter-\d worked for "))
    self.all_named()
    self.window.click(re.compile(r"^gateway-1 \u2192 greeter-\d: headers SayHello, \d+ B"), "button")
    # Only the bytes that went to the instance say for whom the gateway asks.
    self.window.wait_for("Seen at")
    self.window.wait_for(":method POST", "button")
    self.window.write("Find in the bytes", "x-forwarded-for")
    self.window.wait_for(re.compile("^1 of [1-9]"))
    self.window.click("client", "tab", exact=True)
    self.window.wait_for("0 of 0")
    self.window.write("Find in the bytes", "")
    self.window.click(re.compile("^sent headers /Greeter/SayHello"), "button")
    self.window.click("Body", "tab")
