"""A TCP relay of our own that keeps what passes: one on each side of a tap shows whether the tap changed anything.

It passes on what a tap must pass on: every byte, the end of one direction while the other goes on, and a reset.
"""
import socket
import ssl
import struct
import threading

from hoplens import Tap, eventually

SIZE = 1 << 16


class Passed:
    """One connection: bytes each way, and how each way ended (`end`, or `reset`)."""

    def __init__(self):
        self.bytes = {">": bytearray(), "<": bytearray()}
        self.ends = {}
        self.is_over = False

    def words(self):
        return {way: (len(data), self.ends.get(way)) for way, data in self.bytes.items()}


class Recorder:
    """Listens on a free port of the loopback address and relays to `target`; with `tls`, it is a TLS server that
    relays and keeps what was inside."""

    def __init__(self, target, tls=None):
        host, port = target.rsplit(":", 1)
        self.target, self.tls = (host, int(port)), tls
        self.passed = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            passed = Passed()
            self.passed.append(passed)
            threading.Thread(target=self._relay, args=(client, passed), daemon=True).start()

    def _relay(self, client, passed):
        try:
            client = Tls(client, self.tls) if self.tls else client
            server = socket.create_connection(self.target)
        except OSError:
            reset(client)
            passed.is_over = True
            return
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ways = ((">", client, server), ("<", server, client))
        pumps = [threading.Thread(target=pump, args=(passed, *way), daemon=True) for way in ways]
        for thread in pumps:
            thread.start()
        for thread in pumps:
            thread.join()
        # Who was reset knows; the other end must hear of it.
        for way, _, sink in ways:
            if passed.ends.get(way) == "reset":
                reset(sink)
            else:
                sink.close()
        passed.is_over = True


def pump(passed, way, source, sink):
    try:
        while data := source.recv(SIZE):
            passed.bytes[way] += data
            try:
                sink.sendall(data)
            except OSError:
                # The sink is gone; what it said before is for the other way to read.
                return
        passed.ends[way] = "end"
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        passed.ends.setdefault(way, "reset")
        try:
            # Wakes the other way, which waits for the sink to speak.
            sink.shutdown(socket.SHUT_RD)
        except OSError:
            pass


def reset(end):
    """Closes with RST, as a process that was killed does."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


class Tls:
    """A TLS server's end that one thread reads while another writes, which an SSLSocket does not allow."""

    def __init__(self, plain, context):
        self.plain, self.lock = plain, threading.Lock()
        self.inside, self.outside = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.inside, self.outside, server_side=True)
        self.setsockopt, self.close = plain.setsockopt, plain.close
        self._until(self.tls.do_handshake)

    def recv(self, size):
        try:
            return self._until(lambda: self.tls.read(size))
        except ssl.SSLZeroReturnError:
            return b""

    def sendall(self, data):
        with self.lock:
            self.tls.write(data)
            self._flush()

    def shutdown(self, how):
        with self.lock:
            if how == socket.SHUT_WR:
                try:
                    self.tls.unwrap()
                except ssl.SSLError:
                    pass  # it waits for the other's end, which comes in its own time
                self._flush()
        self.plain.shutdown(how)

    def _until(self, ask):
        while True:
            with self.lock:
                try:
                    return ask()
                except ssl.SSLWantReadError:
                    pass
                finally:
                    self._flush()
            data = self.plain.recv(SIZE)
            with self.lock:
                self.inside.write(data) if data else self.inside.write_eof()

    def _flush(self):
        if self.outside.pending:
            self.plain.sendall(self.outside.read())


class Between:
    """client -> recorder -> tap -> recorder -> server. `address` is what the client is to call."""

    def __init__(self, hoplens, server, *options, scheme="", tls=None):
        self.behind = Recorder(server, tls)
        self.tap = Tap(hoplens, scheme + self.behind.address, *options)
        # The tap itself asked the target for its schema before it listened.
        self.n_own = len(self.behind.passed)
        self.before = Recorder(self.tap.target)
        self.address = self.before.address

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.compare()
        finally:
            self.before.close()
            self.tap.stop()
            self.behind.close()

    def compare(self):
        """When all connections are over: both recorders saw the same, and ends as they were."""
        for passed in self.sides(0) + self.sides(1):
            eventually(lambda: passed.is_over, "the end of %s" % passed.words())
        self.seen = [told(passed) for passed in self.sides(0)]
        before, behind = sorted(self.seen), sorted(told(passed) for passed in self.sides(1))
        assert before, "nothing passed"
        assert len(before) == len(behind), "%d connections before the tap, %d behind" % (len(before), len(behind))
        for one, other in zip(before, behind):
            for way, ours, theirs in zip(("sent", "received"), one, other):
                assert ours == theirs, differ(way, ours, theirs)

    def sides(self, idx):
        return [self.before.passed, self.behind.passed[self.n_own:]][idx]

    def n_bytes(self):
        """What passed, both ways together; after `compare`."""
        return sum(len(data) for way in self.seen for data, _ in way)


def told(passed):
    return tuple((bytes(passed.bytes[way]), passed.ends.get(way)) for way in "><")


def differ(way, ours, theirs):
    (one, one_end), (other, other_end) = ours, theirs
    at = next((idx for idx, pair in enumerate(zip(one, other)) if pair[0] != pair[1]), min(len(one), len(other)))
    return "%s: %d bytes (%s) before the tap, %d (%s) behind; they part at %d: %r, %r" % (
        way, len(one), one_end, len(other), other_end, at, one[at:at + 40], other[at:at + 40])
