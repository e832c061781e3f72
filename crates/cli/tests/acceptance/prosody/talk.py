"""Real XMPP clients on 127.0.0.1, for the tests of the program.

talk.py PORT CERTIFICATE talk MESSAGES   writes messages, a room, profiles and uploads; prints what
talk.py PORT CERTIFICATE look URL...     prints what the server has for alice, bob and carol
talk.py PORT CERTIFICATE offline         prints what waits for dave, who gets it thereby

Each prints one JSON document. Everything is the same each time, but for what the server makes up.
"""

import asyncio
import hashlib
import json
import random
import sys
import tempfile

import aiohttp
import slixmpp

PORT, CERTIFICATE, COMMAND, *ARGUMENTS = sys.argv[1:]
ROOM = "kitchen@rooms.localhost"
UPLOADS = slixmpp.JID("upload.localhost")
UPLOAD_SIZES = (1, 300, 60_000, 3_000_000)
OFFLINE_MESSAGES = 60
ROOM_MESSAGES = 100
RANDOM = random.Random(7)
WORDS = "the server says hello to everybody at lunch <&> ångström 日本語 🦆 thanks, \"see\" you's".split()


def words(count):
    return " ".join(RANDOM.choice(WORDS) for _ in range(count))


class Client(slixmpp.ClientXMPP):
    """One account, online over STARTTLS."""

    def __init__(self, user):
        super().__init__(f"{user}@localhost/test", user)
        for plugin in ("xep_0030", "xep_0045", "xep_0054", "xep_0059", "xep_0313", "xep_0363"):
            self.register_plugin(plugin)
        self.enable_starttls, self.enable_direct_tls, self.enable_plaintext = True, False, False
        self.ca_certs = CERTIFICATE
        self.auto_authorize = self.auto_subscribe = True
        self.received = []
        self.online = asyncio.get_running_loop().create_future()
        self.add_event_handler("message", lambda message: self.received.append(message["body"]))
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("failed_auth", lambda _: self.online.set_exception(PermissionError(user)))

    async def started(self, _):
        self.send_presence()
        await self.get_roster()
        self.online.set_result(None)

    @classmethod
    async def connected(cls, user):
        client = cls(user)
        client.connect("127.0.0.1", int(PORT))
        await asyncio.wait_for(client.online, 15)
        return client

    async def settle(self):
        """Waits until the server has done all that this client asked for: it answers in order."""
        await self.plugin["xep_0030"].get_info(jid="localhost", cached=False)

    async def archive(self, **of):
        messages = []
        async for result in self.plugin["xep_0313"].iterate(rsm={"max": 100}, **of):
            kept = result["mam_result"]
            stanza = kept["forwarded"]["stanza"]
            stamp = kept["forwarded"]["delay"]["stamp"].isoformat()
            messages.append([kept["id"], stamp, str(stanza["from"]), stanza["to"].bare, stanza["body"]])
        return messages

    async def contacts(self):
        # Without the version of what this client has, or else the server says that it is current.
        query = self.make_iq_get()
        query.enable("roster")
        items = (await query.send())["roster"]["items"]
        return sorted(
            [jid.bare, item["name"], item["subscription"], sorted(item["groups"])]
            for jid, item in items.items()
        )


async def upload(client, size):
    content = RANDOM.randbytes(size)
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(content)
        file.flush()
        url = await client.plugin["xep_0363"].upload_file(file.name, domain=UPLOADS, timeout=20)
    return url, hashlib.sha256(content).hexdigest()


async def download(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        response.raise_for_status()
        return hashlib.sha256(await response.read()).hexdigest()


async def talk():
    clients = {user: await Client.connected(user) for user in ("alice", "bob", "carol")}
    alice, bob, carol = clients.values()
    for client, contact in ((alice, "bob"), (alice, "carol"), (bob, "carol"), (alice, "dave")):
        client.send_presence_subscription(pto=f"{contact}@localhost", ptype="subscribe")
    await alice.settle()
    await alice.update_roster("bob@localhost", name="Bob the Öther", groups=["Friends", "A & B"])
    for user, client in clients.items():
        card = client.plugin["xep_0054"].make_vcard()
        card["FN"] = f"{user} of {words(5)}"
        await client.plugin["xep_0054"].publish_vcard(card)

    archived = dict.fromkeys(clients, 0)
    pairs = [("alice", "bob"), ("bob", "alice"), ("alice", "carol"), ("carol", "bob")]
    for number in range(int(ARGUMENTS[0])):
        sender, receiver = RANDOM.choice(pairs)
        body = f"{number}: {words(RANDOM.randint(1, 60))}"
        clients[sender].send_message(mto=f"{receiver}@localhost", mbody=body, mtype="chat")
        archived[sender] += 1
        archived[receiver] += 1
        if number % 50 == 0:
            await clients[sender].settle()

    offline = [f"while you were away, {number}: {words(20)}" for number in range(OFFLINE_MESSAGES)]
    for body in offline:
        alice.send_message(mto="dave@localhost", mbody=body, mtype="chat")
        archived["alice"] += 1

    await alice.plugin["xep_0045"].join_muc_wait(slixmpp.JID(ROOM), "alice", timeout=10, maxstanzas=0)
    for number in range(ROOM_MESSAGES):
        alice.send_message(mto=ROOM, mbody=f"{number}: {words(12)}", mtype="groupchat")

    uploads = dict([await upload(alice, size) for size in UPLOAD_SIZES])
    for client in clients.values():
        await client.settle()
        await client.disconnect()
    return {"archived": archived, "offline": offline, "room": ROOM_MESSAGES, "uploads": uploads}


async def look():
    users = {}
    for user in ("alice", "bob", "carol"):
        client = await Client.connected(user)
        users[user] = {
            "archive": await client.archive(),
            "roster": await client.contacts(),
            "name": (await client.plugin["xep_0054"].get_vcard(jid=f"{user}@localhost", cached=False))["vcard_temp"]["FN"],
        }
        if user == "alice":
            room = await client.archive(jid=slixmpp.JID(ROOM))
        await client.disconnect()
    return {"users": users, "room": room, "uploads": {url: await download(url) for url in ARGUMENTS}}


async def offline():
    dave = await Client.connected("dave")
    await dave.settle()
    await dave.disconnect()
    return dave.received


if __name__ == "__main__":
    command = {"talk": talk, "look": look, "offline": offline}[COMMAND]
    print(json.dumps(asyncio.run(asyncio.wait_for(command(), 100))))
