"""Rows through VAST's SDK, against a test double of the database."""

import threading

import proxycore
import pyarrow as pa
import pytest
import vastdb
from vastdb import errors

import vast
from rows import VastRows

KEYS = ("k", "s")


class Rows:
    """Rows of any table, as a sink gets them."""

    def __init__(self, table, **columns):
        self.table, self._batch = table, pa.record_batch(columns)

    def __arrow_c_array__(self, requested_schema=None):
        return self._batch.__arrow_c_array__(requested_schema)


def outputs(proxy_id="p", key="a.exr", when="2026-04-01", **more):
    """A row of a source."""
    cells = {"proxy_id": proxy_id, "s3_key": key, "generated_timestamp": when, **more}
    return Rows("proxy_outputs", **{name: [cell] for name, cell in cells.items()})


def renditions(*names, proxy_id="p"):
    """The rows of its renditions."""
    return Rows("proxy_renditions", proxy_id=[proxy_id] * len(names), name=list(names))


@pytest.fixture
def database():
    with vast.running("db", *KEYS) as double:
        yield double


@pytest.fixture
def sink(database):
    return VastRows("db", "films", database.url, *KEYS)


def read(database, table):
    """All rows of a table, by the SDK."""
    session = vastdb.connect(access=KEYS[0], secret=KEYS[1], endpoint=database.url)
    with session.transaction() as tx:
        return tx.bucket("db").schema("films").table(table).select().read_all().to_pylist()


def test_the_tables_are_made_and_the_rows_are_there(database, sink):
    assert sink.write(outputs(), renditions("thumb", "proxy")) is True
    row = {"proxy_id": "p", "s3_key": "a.exr", "generated_timestamp": "2026-04-01"}
    assert read(database, "proxy_outputs") == [row]
    assert [each["name"] for each in read(database, "proxy_renditions")] == ["thumb", "proxy"]
    assert len(database.asked("POST table")) == 2


def test_the_same_again_writes_nothing(database, sink):
    sink.write(outputs(), renditions("thumb", "proxy"))
    before = len(database.asked("POST rows"))
    assert sink.write(outputs(when="2026-04-02"), renditions("proxy", "thumb")) is False
    assert len(database.asked("POST rows")) == before and not database.asked("DELETE rows")
    assert read(database, "proxy_outputs")[0]["generated_timestamp"] == "2026-04-01"


def test_other_rows_of_the_same_proxy_take_their_place(database, sink):
    sink.write(outputs(), renditions("thumb", "proxy"))
    sink.write(outputs(proxy_id="q", key="b.exr"), renditions("thumb", proxy_id="q"))
    assert sink.write(outputs(key="c.exr"), renditions("thumb")) is False
    assert sorted(each["s3_key"] for each in read(database, "proxy_outputs")) == ["b.exr", "c.exr"]
    assert sorted(each["proxy_id"] for each in read(database, "proxy_renditions")) == ["p", "q"]


def test_rows_that_two_deliveries_wrote_at_once_become_one_set(database, sink):
    sink.write(outputs(), renditions("thumb"))
    session = vastdb.connect(access=KEYS[0], secret=KEYS[1], endpoint=database.url)
    with session.transaction() as tx:
        schema = tx.bucket("db").schema("films")
        for rows in (outputs(), renditions("thumb")):
            schema.table(rows.table).insert(pa.record_batch(rows))
    assert len(read(database, "proxy_outputs")) == 2
    assert sink.write(outputs(), renditions("thumb")) is False
    assert len(read(database, "proxy_outputs")) == len(read(database, "proxy_renditions")) == 1


def test_containers_that_start_together_make_the_tables_once(database):
    database.slow_create = 0.05
    sinks = [VastRows("db", "films", database.url, *KEYS) for _ in range(6)]
    outcomes = []

    def work(number):
        rows = outputs(proxy_id=str(number)), renditions("thumb", proxy_id=str(number))
        outcomes.append(sinks[number].write(*rows))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert outcomes == [True] * 6
    assert [each for each in database.requests if each.status == 409], "nobody lost a race"
    assert len(read(database, "proxy_outputs")) == len(read(database, "proxy_renditions")) == 6


def test_a_row_that_another_changed_in_the_meantime_is_a_conflict_and_goes_well_next_time(database, sink):
    sink.write(outputs(), renditions("thumb"))
    database.fail("PUT transaction", 409, "Conflict")
    with pytest.raises(proxycore.SinkError, match="db/films at 127.0.0.1: Conflict: Conflict: as planned"):
        sink.write(outputs(key="b.exr"), renditions("thumb"))
    assert read(database, "proxy_outputs")[0]["s3_key"] == "a.exr"
    assert sink.write(outputs(key="b.exr"), renditions("thumb")) is False
    assert [each["s3_key"] for each in read(database, "proxy_outputs")] == ["b.exr"]


def test_of_two_transactions_that_replace_a_row_one_fails(database, sink):
    sink.write(outputs(), renditions("thumb"))
    session = vastdb.connect(access=KEYS[0], secret=KEYS[1], endpoint=database.url)
    with pytest.raises(errors.Conflict), session.transaction() as tx:
        table = tx.bucket("db").schema("films").table("proxy_outputs")
        table.delete(table.select(internal_row_id=True).read_all())
        sink.write(outputs(key="b.exr"), renditions("thumb"))
    assert [each["s3_key"] for each in read(database, "proxy_outputs")] == ["b.exr"]


def test_a_failure_between_the_tables_leaves_neither(database, sink):
    sink.write(outputs(), renditions("thumb"))
    database.fail("DELETE rows", 500, "InternalError")
    with pytest.raises(proxycore.SinkError, match="InternalError"):
        sink.write(outputs(proxy_id="q"), renditions("thumb", "proxy"))
    assert [each["proxy_id"] for each in read(database, "proxy_outputs")] == ["p"]
    assert database.asked("DELETE transaction")


def test_a_table_that_was_dropped_is_made_again(database, sink):
    sink.write(outputs(), renditions("thumb"))
    database.schemas.clear()
    with pytest.raises(proxycore.SinkError, match="MissingSchema"):
        sink.write(outputs(), renditions("thumb"))
    assert sink.write(outputs(), renditions("thumb")) is True


def test_a_table_with_other_columns_is_a_refusal(database, sink):
    sink.write(outputs(), renditions("thumb"))
    with pytest.raises(proxycore.RefusedError, match="the table proxy_outputs has no size"):
        sink.write(outputs(size=7), renditions("thumb"))
    with pytest.raises(proxycore.RefusedError, match="no column s3_key of int64"):
        sink.write(outputs(proxy_id="q", key=7), renditions("thumb", proxy_id="q"))


def test_a_row_above_a_requests_size_goes_in_pieces(database, sink):
    wide = {name: name * (2 << 20) for name in "abc"}
    assert sink.write(outputs(**wide), renditions("thumb")) is True
    assert read(database, "proxy_outputs")[0]["c"] == wide["c"]
    assert database.asked("PUT rows")
    assert max(each.size for each in database.requests) <= vast.MOST_BYTES


def test_a_cell_above_a_requests_size_is_a_refusal(database, sink):
    with pytest.raises(proxycore.RefusedError):
        sink.write(outputs(key="k" * (6 << 20)), renditions("thumb"))
    assert max(each.size for each in database.requests) <= vast.MOST_BYTES


def test_a_batch_above_a_requests_size_is_refused_by_the_double_itself(database, sink):
    sink.write(outputs(), renditions("thumb"))
    session = vastdb.connect(access=KEYS[0], secret=KEYS[1], endpoint=database.url)
    with pytest.raises(errors.BadRequest), session.transaction() as tx:
        session.api.insert_rows("db", "films", "proxy_outputs", b"\0" * (6 << 20), tx.active_txid)


def test_a_wrong_secret_is_forbidden(database):
    with pytest.raises(proxycore.SinkError, match="Forbidden: AccessDenied: the signature"):
        VastRows("db", "films", database.url, "k", "x").write(outputs(), renditions("thumb"))
    assert database.requests[-1].status == 403 and not database.schemas


def test_the_settings_are_the_secret_then_its_own_then_those_of_s3():
    keys = {"S3_ACCESS_KEY": "k", "S3_SECRET_KEY": "s"}
    environment = {"VAST_DB_BUCKET": "db", "S3_ENDPOINT": "http://s3", **keys}
    assert str(VastRows.of({}, environment)) == "db/exr_metadata_2 at s3"
    own = {**environment, "VAST_DB_ENDPOINT": "http://u:p@own:80", "VAST_DB_SCHEMA": "films"}
    assert str(VastRows.of({}, own)) == "db/films at own"
    assert str(VastRows.of({"endpoint": "http://told"}, own)) == "db/films at told"
    assert VastRows.of({}, {}) is None
    with pytest.raises(ValueError, match="neither VAST_DB_ENDPOINT nor S3_ENDPOINT"):
        VastRows.of({}, {"VAST_DB_BUCKET": "db"})
    with pytest.raises(ValueError, match="is no URL, such as http://10.1.0.1: s3:80"):
        VastRows.of({}, {**environment, "S3_ENDPOINT": "s3:80"})
