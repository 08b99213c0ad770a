"""Rows in a VAST DataBase, through VAST's own SDK."""

import random
import time
from typing import Any, Callable, Dict, List, Mapping, Optional
from urllib.parse import urlsplit

import ibis
import proxycore
import pyarrow
import vastdb
from vastdb import errors
from vastdb.config import BackoffConfig

_VOLATILE = ("generated_timestamp", "processing_time_seconds")
"""What differs when the same thing is told again."""

_RACES = 5
"""How often a table is looked for that another container makes at the same moment."""


class _Unfit(Exception):
    """A table that cannot hold the rows."""


_REFUSALS = (_Unfit, errors.BadRequest, errors.InvalidArgument, errors.NotSupported)
"""What the database says of rows that it will never take."""


class VastRows:
    """A `proxycore.MetadataSink`: the tables `proxy_outputs` and `proxy_renditions` of one schema.

    The schema and the tables are made where they are missing. Rows with the same `proxy_id` are replaced
    in one transaction, and left alone where they say the same; so an event that is delivered again
    changes nothing. Two deliveries at the same moment can each insert, as the database knows no unique
    columns; a delivery after them makes one row of the two.
    """

    def __init__(self, bucket: str, schema: str, endpoint: str, access: str, secret: str) -> None:
        self.bucket, self.schema, self.endpoint = bucket, schema, endpoint
        self._keys = access, secret
        self._session: Any = None

    @classmethod
    def of(cls, secret: Mapping[str, str], environment: Mapping[str, str]) -> Optional["VastRows"]:
        """What the function's secret says, else `VAST_DB_*`, else `S3_*`; `None` without
        `VAST_DB_BUCKET`. A setting that is nowhere is a `ValueError`."""
        bucket = environment.get("VAST_DB_BUCKET")
        if not bucket:
            return None

        def setting(name: str) -> str:
            variables = f"VAST_DB_{name.upper()}", f"S3_{name.upper()}"
            for value in (secret.get(name), *map(environment.get, variables)):
                if value:
                    return value
            raise ValueError(f"VAST_DB_BUCKET is set, and neither {' nor '.join(variables)}")

        schema, endpoint = environment.get("VAST_DB_SCHEMA") or "exr_metadata_2", setting("endpoint")
        if "://" not in endpoint:
            raise ValueError(f"the database's endpoint is no URL, such as http://10.1.0.1: {endpoint}")
        return cls(bucket, schema, endpoint, setting("access_key"), setting("secret_key"))

    def __str__(self) -> str:
        return f"{self.bucket}/{self.schema} at {urlsplit(self.endpoint).hostname}"

    def write(self, rows: proxycore.Rows, renditions: proxycore.Rows) -> bool:
        """Keeps the rows of a source, all or none; says whether they are new. Those that the database
        will never take are a `RefusedError`, whatever else goes wrong is a `SinkError`."""
        batches = {each.table: pyarrow.record_batch(each) for each in (rows, renditions)}
        try:
            return self._write(batches)
        except (errors.Missing, errors.NotFound) as error:
            # somebody dropped a table: the next event makes it again
            self._session = None
            raise proxycore.SinkError(f"{self}: {_words(error)}") from error
        except _REFUSALS as error:
            raise proxycore.RefusedError(f"{self}: {_words(error)}") from error
        except Exception as error:
            raise proxycore.SinkError(f"{self}: {_words(error)}") from error

    def _write(self, batches: Mapping[str, pyarrow.RecordBatch]) -> bool:
        session = self._session or self._open(batches)
        self._session = session
        with session.transaction() as tx:
            schema = tx.bucket(self.bucket).schema(self.schema)
            # a list, as each table has to be written
            return any([_replace(schema.table(name), batch) for name, batch in batches.items()])

    def _open(self, batches: Mapping[str, pyarrow.RecordBatch]) -> Any:
        """A session, of which the tables are known to exist."""
        access, secret = self._keys
        # an event comes again, so that the SDK need not try for its minute
        patience = BackoffConfig(max_tries=4, max_time=20)
        session = vastdb.connect(
            access=access, secret=secret, endpoint=self.endpoint, timeout=30, backoff_config=patience
        )
        _make(session, lambda tx: tx.bucket(self.bucket).create_schema(self.schema, fail_if_exists=False))
        for name, batch in batches.items():

            def table(tx: Any, name: str = name, columns: pyarrow.Schema = batch.schema) -> None:
                tx.bucket(self.bucket).schema(self.schema).create_table(name, columns, fail_if_exists=False)

            _make(session, table)
        return session


def _make(session: Any, create: Callable[[Any], object]) -> None:
    """Makes what is missing. Whoever loses that race to another container finds it there at the next
    look."""
    for left in reversed(range(_RACES)):
        try:
            with session.transaction() as tx:
                create(tx)
            return
        except (errors.Conflict, errors.Exists):
            if not left:
                raise
            time.sleep(random.uniform(0, 0.5))


def _replace(table: Any, batch: pyarrow.RecordBatch) -> bool:
    """Writes rows in the place of those with the same `proxy_id`; says whether there were none."""
    names = batch.schema.names
    missing = sorted(set(names) - set(table.arrow_schema.names))
    if missing:
        raise _Unfit(f"the table {table.name} has no {', '.join(missing)}")
    # a batch is of one source, and so of one proxy_id
    same = ibis._.proxy_id == batch.column("proxy_id")[0].as_py()
    standing = table.select(columns=list(names), predicate=same, internal_row_id=True).read_all()
    if _content(standing.select(names)) == _content(batch):
        return False
    if standing.num_rows:
        table.delete(standing.select(["$row_id"]))
    table.insert(batch)
    return not standing.num_rows


def _content(rows: Any) -> List[str]:
    def steady(row: Dict[str, Any]) -> str:
        return repr(sorted(cell for cell in row.items() if cell[0] not in _VOLATILE))

    return sorted(steady(row) for row in rows.to_pylist())


def _words(error: Exception) -> str:
    """What the SDK's exceptions say: some of the server's words, some of what lay beneath, some nothing
    but their fields."""
    told = [getattr(error, name, None) for name in ("code", "message", "cause")]
    said = ": ".join(str(each) for each in told if each) or str(error)
    return said if isinstance(error, _Unfit) else f"{type(error).__name__}: {said}"
