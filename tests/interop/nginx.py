"""nginx on free ports, with all that it reads and writes in a folder of its own."""
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile

from hoplens import eventually

CONF = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 8m;
  keepalive_requests 10000;
  gzip on;
  gzip_min_length 100;
  types {{ text/plain txt; application/octet-stream bin; }}
  ssl_certificate {folder}/cert.pem;
  ssl_certificate_key {folder}/key.pem;
  server {{
    listen 127.0.0.1:{http1};
    listen 127.0.0.1:{http2} http2;
    listen 127.0.0.1:{tls} ssl http2;
    root {folder}/files;
    location /put/ {{ dav_methods PUT DELETE; create_full_put_path on; }}
    location /small/ {{ client_max_body_size 10; dav_methods PUT; }}
    location /old/ {{ return 301 /text.txt; }}
    {locations}
    location /close/ {{ keepalive_timeout 0; alias {folder}/files/; }}
  }}
}}
"""


class Certificate:
    """For localhost and 127.0.0.1, signed by itself."""

    def __init__(self, folder):
        self.cert, self.key = (pathlib.Path(folder, name) for name in ("cert.pem", "key.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", self.key, "-out", self.cert,
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)

    def context(self, *alpn):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        if alpn:
            context.set_alpn_protocols(alpn)
        return context


class Nginx:
    def __init__(self, locations=""):
        self.folder = tempfile.mkdtemp(prefix="hoplens-nginx-")
        self.certificate = Certificate(self.folder)
        files = pathlib.Path(self.folder, "files")
        for name in ("put", "small"):
            (files / name).mkdir(parents=True)
        (files / "text.txt").write_text("The quick brown fox. " * 500)
        self.big = os.urandom(1 << 20) * 64
        (files / "big.bin").write_bytes(self.big)
        self.ports = dict(zip(("http1", "http2", "tls"), free_ports(3)))
        conf = pathlib.Path(self.folder, "nginx.conf")
        conf.write_text(CONF.format(folder=self.folder, locations=locations, **self.ports))
        binary = os.environ.get("NGINX") or shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([binary, "-p", self.folder, "-c", str(conf)],
                                        stderr=subprocess.PIPE)
        eventually(self._answers, "nginx")

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError("nginx ended: " + self.process.stderr.read().decode())
        try:
            socket.create_connection(("127.0.0.1", self.ports["tls"])).close()
        except OSError:
            return False
        return True

    def address(self, name):
        return "127.0.0.1:%d" % self.ports[name]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_ports(n_ports):
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(n_ports)]
    ports = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports
