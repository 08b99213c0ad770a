"""A test double of VAST DataBase's HTTP interface, for VAST's own SDK: transactions, schemas, tables, and
rows that are inserted, selected by text, updated and deleted.

It was made after what the SDK sends and reads (vastdb 2.1), and never held against a cluster. It is
stricter than it has to be where a caller could be wrong: a request must be signed with the right secret,
a batch must fit its table and the 5 MiB of a request, and of two transactions that change the same thing
the later one fails.
"""

import hashlib
import hmac
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit
from xml.sax.saxutils import escape

import pyarrow as pa

import vast_wire

MOST_BYTES = 5 << 20
"""A request's body, at the most."""


HOST = "127.0.0.1"


class Refusal(Exception):
    """An answer that is an error: its status, and a word for it."""

    def __init__(self, status, code, message=""):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Request(NamedTuple):
    """What was asked, such as `POST rows` of `/db/schema/table`, and how it ended."""

    what: str
    path: str
    size: int
    status: int


@dataclass
class Table:
    schema: pa.Schema
    rows: dict = field(default_factory=dict)

    def copy(self):
        return Table(self.schema, dict(self.rows))

    def arrow(self):
        columns = {vast_wire.ROW_ID: pa.array(self.rows, pa.uint64())}
        for each in self.schema:
            columns[each.name] = pa.array([row[each.name] for row in self.rows.values()], each.type)
        return pa.table(columns)


class Transaction:
    """The database as it was when this began, and what was done since. `done` has functions that do the
    same to the database itself, or refuse because it is another by now."""

    def __init__(self, schemas):
        self.schemas = {
            name: {table: each.copy() for table, each in tables.items()}
            for name, tables in schemas.items()
        }
        self.done = []

    def do(self, change):
        change(self.schemas)
        self.done.append(change)

    def table(self, schema, name):
        return find(self.schemas, schema, name)


def find(schemas, schema, name):
    try:
        return schemas[schema][name]
    except KeyError:
        raise Refusal(404, "NoSuchTable", f"{schema}/{name}") from None


class Vast:
    """The database behind the interface. `fail` plans errors; `requests` has all that was asked."""

    def __init__(self, bucket, access, secret):
        self.bucket, self.access, self.secret = bucket, access, secret
        self.url = ""
        self.schemas = {}
        self.requests = []
        self.slow_create = 0.0
        self._transactions = {}
        self._faults = []
        self._number = 0
        self._lock = threading.RLock()

    def fail(self, what, status, code, times=1):
        """Answers requests of a kind, such as `PUT transaction`, with an error so many times."""
        self._faults += [(what, status, code)] * times

    def asked(self, what):
        return [each for each in self.requests if each.what == what]

    def answer(self, handler, body):
        parts = urlsplit(handler.path)
        command = parts.query.split("&")[0]
        path = [unquote(each) for each in parts.path.split("/") if each]
        what = f"{handler.command} {command}".strip()
        self._admit(handler, parts, body)
        if what in ("POST schema", "POST table"):
            time.sleep(self.slow_create)
        with self._lock:
            for fault in self._faults:
                if fault[0] == what:
                    self._faults.remove(fault)
                    raise Refusal(*fault[1:], "as planned")
            if len(body) > MOST_BYTES:
                raise Refusal(400, "RequestTooLarge", f"{len(body)} bytes")
            route = ROUTES.get(what)
            if route is None:
                raise Refusal(501, "NotImplemented", what)
            return route(self, handler.headers, path, body)

    def _admit(self, handler, parts, body):
        """Checks AWS's signature, version 4."""
        told = handler.headers.get("Authorization", "")
        date = handler.headers.get("x-amz-date", "")
        scope = f"{date[:8]}//s3/aws4_request"
        query = "&".join(each if "=" in each else f"{each}=" for each in parts.query.split("&") if each)
        signed = f"host:{handler.headers['Host']}\nx-amz-date:{date}\n\nhost;x-amz-date"
        asked = [handler.command, quote(unquote(parts.path) or "/", safe="/-_.~"), query, signed]
        asked = "\n".join([*asked, hashlib.sha256(body).hexdigest()])
        text = ["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(asked.encode()).hexdigest()]
        key = f"AWS4{self.secret}".encode()
        for each in (*scope.split("/"), "\n".join(text)):
            key = hmac.new(key, each.encode(), hashlib.sha256).digest()
        if f"Credential={self.access}/{scope}," not in told or not told.endswith(f"={key.hex()}"):
            raise Refusal(403, "AccessDenied", "the signature does not match")

    def transaction(self, headers):
        number = int(headers.get("tabular-txid", 0))
        if number not in self._transactions:
            raise Refusal(404, "NoSuchTransaction", str(number))
        return self._transactions[number]

    def version(self, headers, path, body):
        return b"", {}

    def begin(self, headers, path, body):
        self._number += 1
        self._transactions[self._number] = Transaction(self.schemas)
        return b"", {"tabular-txid": self._number, "x-vast-rcf-id": "E1:1"}

    def commit(self, headers, path, body):
        changes = self.transaction(headers).done
        del self._transactions[int(headers["tabular-txid"])]
        after = Transaction(self.schemas)
        for change in changes:
            change(after.schemas)
        self.schemas = after.schemas
        return b"", {}

    def roll_back(self, headers, path, body):
        self.transaction(headers)
        del self._transactions[int(headers["tabular-txid"])]
        return b"", {}

    def head_bucket(self, headers, path, body):
        if path != [self.bucket]:
            raise Refusal(404, "NoSuchBucket")
        return b"", {}

    def list_schemas(self, headers, path, body):
        names = listed(self.transaction(headers).schemas, headers)
        return vast_wire.schemas(self.bucket, names), WHOLE

    def create_schema(self, headers, path, body):
        (_, name) = path

        def change(schemas):
            if name in schemas:
                raise Refusal(409, "SchemaExists", name)
            schemas[name] = {}

        self.transaction(headers).do(change)
        return b"", {}

    def list_tables(self, headers, path, body):
        (_, schema) = path
        tables = self.transaction(headers).schemas.get(schema)
        if tables is None:
            raise Refusal(404, "NoSuchSchema", schema)
        return vast_wire.tables(self.bucket, schema, listed(tables, headers)), WHOLE

    def create_table(self, headers, path, body):
        (_, schema, name) = path
        columns = pa.ipc.read_schema(pa.py_buffer(body))

        def change(schemas):
            if schema not in schemas:
                raise Refusal(404, "NoSuchSchema", schema)
            if name in schemas[schema]:
                raise Refusal(409, "TableExists", name)
            schemas[schema][name] = Table(columns)

        self.transaction(headers).do(change)
        return b"", {}

    def list_columns(self, headers, path, body):
        return vast_wire.columns(self.transaction(headers).table(*path[1:]).schema), WHOLE

    def stats(self, headers, path, body):
        rows = self.transaction(headers).table(*path[1:]).rows
        return vast_wire.stats(len(rows), HOST), {}

    def select(self, headers, path, body):
        names, condition = vast_wire.query(body)
        table = self.transaction(headers).table(*path[1:]).arrow()
        chosen = table.filter(condition(table)).select(names)
        return vast_wire.answer(chosen, int(headers["tabular-num-of-subsplits"])), {}

    def insert(self, headers, path, body):
        transaction = self.transaction(headers)
        batch = self._batch(transaction.table(*path[1:]), body)
        first = self._number + 1
        self._number += batch.num_rows
        rows = dict(enumerate(batch.to_pylist(), first))

        def change(schemas):
            table = find(schemas, *path[1:])
            empty = dict.fromkeys(table.schema.names)
            table.rows.update({number: {**empty, **row} for number, row in rows.items()})

        transaction.do(change)
        return vast_wire.row_ids(list(rows)), {}

    def update(self, headers, path, body):
        transaction = self.transaction(headers)
        batch = self._batch(transaction.table(*path[1:]), body)

        def change(schemas):
            table = find(schemas, *path[1:])
            for row in batch.to_pylist():
                number = row.pop(vast_wire.ROW_ID)
                table.rows[number] = {**standing(table, number), **row}

        transaction.do(change)
        return b"", {}

    def delete(self, headers, path, body):
        numbers = pa.ipc.open_stream(body).read_all().column(vast_wire.ROW_ID).to_pylist()

        def change(schemas):
            table = find(schemas, *path[1:])
            for number in numbers:
                standing(table, number)
                del table.rows[number]

        self.transaction(headers).do(change)
        return b"", {}

    def _batch(self, table, body):
        batch = pa.ipc.open_stream(body).read_all()
        types = {vast_wire.ROW_ID: pa.uint64(), **{each.name: each.type for each in table.schema}}
        for each in batch.schema:
            if types.get(each.name) != each.type:
                raise Refusal(400, "InvalidArgument", f"no column {each.name} of {each.type}")
        return batch


def standing(table, number):
    if number not in table.rows:
        raise Refusal(409, "Conflict", f"the row {number} is gone")
    return table.rows[number]


def listed(names, headers):
    exact = headers.get("tabular-name-exact-match")
    return [name for name in names if exact in (None, name)]


WHOLE = {"tabular-next-key": 0, "tabular-is-truncated": "false"}
"""The headers of a listing that is all there is."""

ROUTES = {
    "GET transaction": Vast.version,
    "POST transaction": Vast.begin,
    "PUT transaction": Vast.commit,
    "DELETE transaction": Vast.roll_back,
    "HEAD": Vast.head_bucket,
    "GET schema": Vast.list_schemas,
    "POST schema": Vast.create_schema,
    "GET table": Vast.list_tables,
    "POST table": Vast.create_table,
    "GET column": Vast.list_columns,
    "GET stats": Vast.stats,
    "GET data": Vast.select,
    "POST rows": Vast.insert,
    "PUT rows": Vast.update,
    "DELETE rows": Vast.delete,
}


def handler_of(vast):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # one write an answer, or each waits for the client's acknowledgement
        wbufsize = -1

        def version_string(self):
            return "vast 5.5.0.1"

        def log_message(self, *args):
            pass

        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, (answer, headers) = 200, vast.answer(self, body)
            except Refusal as refusal:
                status, headers, text = refusal.status, {}, escape(refusal.message)
                answer = f"<Error><Code>{refusal.code}</Code><Message>{text}</Message></Error>".encode()
            except NotImplementedError as missing:
                status, answer, headers = 501, str(missing).encode(), {}
            parts = urlsplit(self.path)
            what = f"{self.command} {parts.query.split('&')[0]}".strip()
            vast.requests.append(Request(what, parts.path, len(body), status))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": len(answer)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any

    return Handler


@contextmanager
def running(bucket, access, secret):
    """A database with one bucket and nothing in it, for as long as the `with` lasts."""
    vast = Vast(bucket, access, secret)
    server = ThreadingHTTPServer((HOST, 0), handler_of(vast))
    vast.url = f"http://{HOST}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield vast
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
