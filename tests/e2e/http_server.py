"""A web server of a test's own: files with ranges and validators as real servers have them, and answers that no real server
should give. Standard library only."""
import hashlib
import http.server
import json
import re
import threading
import time


class File:
    """A file that is served with ETag, Range and If-Range."""

    def __init__(self, content, etag=None, headers=()):
        self.content = content
        self.etag = etag if etag is not None else '"%s"' % hashlib.md5(content).hexdigest()
        self.headers = list(headers)
        self.has_ranges = True      # False: Range is ignored
        self.honours_if_range = True
        self.break_after = None     # bytes of a body after which the connection is cut
        self.breaks_left = 0
        self.bytes_per_second = None

    def respond(self, request):
        begin, status = 0, 200
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        condition = request.headers.get("If-Range")
        is_same = condition is None or condition == self.etag or not self.honours_if_range
        headers = list(self.headers) + ([("ETag", self.etag)] if self.etag else [])
        if wanted and self.has_ranges and is_same:
            begin, status = int(wanted.group(1)), 206
            if begin >= len(self.content):
                return send(request, 416, headers + [("Content-Range", "bytes */%d" % len(self.content))], b"")
            headers.append(("Content-Range", "bytes %d-%d/%d" % (begin, len(self.content) - 1, len(self.content))))
        self.send_body(request, status, headers, self.content[begin:])

    def send_body(self, request, status, headers, body):
        send(request, status, headers + [("Content-Length", str(len(body)))], None)
        if self.break_after is not None and self.breaks_left > 0:
            self.breaks_left -= 1
            body = body[:self.break_after]
            request.close_connection = True
        step = max(1, self.bytes_per_second // 20) if self.bytes_per_second else max(1, len(body))
        for at in range(0, len(body), step):
            request.wfile.write(body[at:at + step])
            request.wfile.flush()
            if self.bytes_per_second:
                time.sleep(0.05)


def send(request, status, headers, body):
    """A status line, headers and, where it is not None, a body with its length."""
    request.send_response(status)
    for name, value in headers:
        request.send_header(name, value)
    if body is not None:
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    if body:
        request.wfile.write(body)


def answer(status, body=b"", *headers):
    return lambda request: send(request, status, list(headers), body)


def redirect(location, *headers, status=302):
    return answer(status, b"", ("Location", location), *headers)


class Server:
    """Serves `routes` (path without query -> File, or a function of the request) on a port of this machine."""

    def __init__(self):
        self.routes, self.requests = {}, []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = self.path.split("?")[0]
                outer.requests.append((self.path, dict(self.headers)))
                route = outer.routes.get(path, answer(404, b"not here", ("Content-Type", "text/plain")))
                try:
                    route.respond(self) if isinstance(route, File) else route(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_):
                pass

        class Threads(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # the program goes away when it has seen enough

        self.http = Threads(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.http.server_port
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def paths(self):
        return [path.split("?")[0] for path, _ in self.requests]

    def headers_of(self, path):
        """The headers of the requests for a path, in order."""
        return [headers for asked, headers in self.requests if asked.split("?")[0] == path]

    def add_model(self, repository, files, commit="c" * 40, licence="apache-2.0", lfs=(".gguf", ".safetensors")):
        """Makes the server a hub of this model: its description, and its files at their commit."""
        siblings = []
        for name, content in files.items():
            sibling = {"rfilename": name, "size": len(content), "blobId": hashlib.sha1(content).hexdigest()}
            if name.endswith(lfs):
                sibling["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
            siblings.append(sibling)
            self.routes["/%s/resolve/%s/%s" % (repository, commit, name)] = File(content)
        description = {"id": repository, "sha": commit, "cardData": {"license": licence}, "siblings": siblings}
        self.routes["/api/models/%s/revision/main" % repository] = answer(
            200, json.dumps(description).encode(), ("Content-Type", "application/json"))
        return description
