"""Streams of the shop in the real window: cases of `Cases`, written apart."""

import re


def a_chat_goes_on_message_by_message(self):
    self.window.click("shop.support.v1.Support/Chat", "button")
    self.send()
    self.window.wait_for("Stream open")
    self.window.wait_for(re.compile("sku-1042 is: Cup, stoneware"))
    self.window.wait_for(re.compile("^support to catalog, 1 call"))
    self.window.wait_for(re.compile("message of a stream"))
    self.window.write("text", "delivery?")
    self.window.click("Send message", "button")
    self.window.wait_for(re.compile("TrackOrder follows your parcel"))
    self.all_named()
    self.window.click("End sending", "button")
    self.window.wait_for("0 OK", exact=True)
    self.window.wait_for(re.compile("^\u2192 2 "))
    self.window.wait_for(re.compile("^\u2190 3 "))
    self.window.click("Close Chat", "button")


def a_script_uploads_at_its_pace(self):
    self.window.click("shop.cart.v1.Cart/UploadItems", "button")
    self.window.click("Script", "tab")
    items = ['{"user": "script", "item": {"sku": "sku-%04d", "quantity": 1}}' % n for n in range(5)]
    self.window.write("Messages of the script", "\n".join(items))
    self.all_named()
    self.window.click("Run script", "button")
    self.window.wait_for("0 OK", exact=True)
    self.window.click(re.compile("nTaken|n_taken"))
    self.window.wait_for(re.compile(r'"nTaken": 5'))
    self.window.click("Form", "tab")
    self.window.click("Close UploadItems", "button")
