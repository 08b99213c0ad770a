"""The bodies of VAST DataBase's HTTP interface, as the SDK reads and writes them: FlatBuffers and Arrow."""

import io
import struct

import flatbuffers
import pyarrow as pa
import pyarrow.compute as pc
from vastdb.vast_flatbuf.org.apache.arrow.computeir.flatbuf import (
    Call,
    Expression,
    ExpressionImpl,
    FieldIndex,
    FieldRef,
    Literal,
    LiteralImpl,
    Relation,
    Source,
    StringLiteral,
)
from vastdb.vast_flatbuf.tabular import (
    GetTableStatsResponse,
    ListSchemasResponse,
    ListTablesResponse,
    ObjectDetails,
    VipRange,
)

ROW_ID = "$row_id"

NO_MORE_ROWS = (1 << 48) - 1
"""The row that a finished part of a query would go on with."""

END_OF_STREAM = b"\xff\xff\xff\xff\0\0\0\0"
"""Arrow's continuation marker, with no message after it."""

COMPLETED = 0xFFFFFFFE
"""The number of the stream that ends a query's answer."""


def schemas(bucket, names):
    """The answer to a listing of schemas."""
    return _listing(ListSchemasResponse, "Schemas", names, BucketName=bucket)


def tables(bucket, schema, names):
    """The answer to a listing of tables."""
    return _listing(ListTablesResponse, "Tables", names, BucketName=bucket, SchemaName=schema)


def _listing(kind, what, names, **texts):
    builder = flatbuffers.Builder(256)
    objects = [_object(builder, name) for name in names]
    getattr(kind, f"Start{what}Vector")(builder, len(objects))
    for each in reversed(objects):
        builder.PrependUOffsetTRelative(each)
    vector = builder.EndVector()
    offsets = {name: builder.CreateString(text) for name, text in texts.items()}
    kind.Start(builder)
    for name, offset in offsets.items():
        getattr(kind, f"Add{name}")(builder, offset)
    getattr(kind, f"Add{what}")(builder, vector)
    builder.Finish(kind.End(builder))
    return bytes(builder.Output())


def _object(builder, name):
    texts = {"Name": name, "Properties": "", "Handle": "1"}
    offsets = {each: builder.CreateString(text) for each, text in texts.items()}
    ObjectDetails.Start(builder)
    for each, offset in offsets.items():
        getattr(ObjectDetails, f"Add{each}")(builder, offset)
    return ObjectDetails.End(builder)


def stats(rows, address):
    """A table's statistics, and the address at which its rows can be had."""
    builder = flatbuffers.Builder(64)
    first = builder.CreateString(address)
    VipRange.Start(builder)
    VipRange.AddStartAddress(builder, first)
    VipRange.AddAddressCount(builder, 1)
    addresses = VipRange.End(builder)
    GetTableStatsResponse.StartVipsVector(builder, 1)
    builder.PrependUOffsetTRelative(addresses)
    vector = builder.EndVector()
    GetTableStatsResponse.Start(builder)
    GetTableStatsResponse.AddNumRows(builder, rows)
    GetTableStatsResponse.AddVips(builder, vector)
    builder.Finish(GetTableStatsResponse.End(builder))
    return bytes(builder.Output())


def columns(schema):
    """The answer to a listing of columns: an Arrow stream without batches. The SDK wants metadata."""
    told = {b"VAST:none": b""}
    fields = [field.with_metadata(told) for field in schema]
    return _stream(pa.schema(fields, metadata=told))


def row_ids(ids):
    """The answer to an insert."""
    batch = pa.record_batch([pa.array(ids, pa.uint64())], names=[ROW_ID])
    return _stream(batch.schema, batch)


def _stream(schema, *batches):
    out = io.BytesIO()
    with pa.ipc.new_stream(out, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return out.getvalue()


def query(body):
    """What a query asks for: the names of its columns, and its condition, which gives a mask of a table."""
    relation = Relation.Relation.GetRootAs(body)
    source = _read(Source.Source, relation.Impl())
    fields = source.Schema()
    names = [fields.Fields(at).Name().decode() for at in range(fields.FieldsLength())]
    wanted = [names[source.Projection(at).Position()] for at in range(source.ProjectionLength())]
    condition = source.Filter()
    return wanted, lambda table: _evaluate(condition, names, table)


def _evaluate(expression, names, table):
    kind = expression.ImplType()
    if kind == ExpressionImpl.ExpressionImpl.FieldRef:
        place = _read(FieldIndex.FieldIndex, _read(FieldRef.FieldRef, expression.Impl()).Ref())
        return table.column(names[place.Position()])
    if kind == ExpressionImpl.ExpressionImpl.Literal:
        literal = _read(Literal.Literal, expression.Impl())
        if literal.ImplType() != LiteralImpl.LiteralImpl.StringLiteral:
            raise NotImplementedError("a literal that is no text")
        return pa.scalar(_read(StringLiteral.StringLiteral, literal.Impl()).Value().decode())
    call = _read(Call.Call, expression.Impl())
    arguments = [_evaluate(call.Arguments(at), names, table) for at in range(call.ArgumentsLength())]
    return _apply(call.Name().decode(), arguments, table)


def _apply(name, arguments, table):
    if name == "equal":
        return pc.equal(*arguments)
    joins = {"and": (pc.and_, True), "or": (pc.or_, False)}
    if name not in joins:
        raise NotImplementedError(f"the function {name}")
    join, mask = joins[name][0], pa.array([joins[name][1]] * table.num_rows, pa.bool_())
    for each in arguments:
        mask = join(mask, each)
    return mask


def _read(kind, table):
    read = kind()
    read.Init(table.Bytes, table.Pos)
    return read


def answer(table, parts):
    """The answer to a query that the SDK splits into so many parts: the first has all rows. Each column
    is an Arrow stream of its own, each message of it behind the part's number and where to go on."""
    out = io.BytesIO()
    for part in range(parts):
        rows = table if part == 0 else table.slice(0, 0)
        for name in rows.column_names:
            for message in _messages(rows.select([name]).combine_chunks()):
                out.write(struct.pack("<LQ", part, NO_MORE_ROWS))
                out.write(message)
    out.write(struct.pack("<L", COMPLETED))
    return out.getvalue()


def _messages(table):
    yield table.schema.serialize()
    for batch in table.to_batches():
        yield batch.serialize()
    yield END_OF_STREAM
