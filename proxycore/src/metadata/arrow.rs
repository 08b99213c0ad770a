//! Rows as Arrow record batches, for whoever has a table of their own to put them into.
//!
//! Types are those of the tables: `Utf8`, `Int64`, `Float64`, nullable where the column is.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::{Cell, ColumnType, Row};
use crate::error::{Error, Result};

/// The schema of a row's table.
///
/// # Examples
/// ```
/// use proxycore::metadata::{ProxyRecord, schema};
///
/// assert_eq!(schema::<ProxyRecord>().field(0).name(), "proxy_id");
/// ```
#[must_use]
pub fn schema<R: Row>() -> SchemaRef {
    let fields = R::TABLE.columns.iter().map(|column| {
        let kind = match column.kind {
            ColumnType::Text => DataType::Utf8,
            ColumnType::Int64 => DataType::Int64,
            ColumnType::Float64 => DataType::Float64,
        };
        Field::new(column.name, kind, column.nullable)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A batch of rows in their order, with the columns of their table.
///
/// # Errors
/// [`ErrorKind::Sink`](crate::ErrorKind::Sink) where a row's cells are not those of its table, or
/// where the text of a column is longer than the 2 GiB that its offsets reach.
///
/// # Examples
/// ```
/// use proxycore::metadata::{ProxyRecord, record_batch};
///
/// let batch = record_batch([&ProxyRecord::default()])?;
/// assert_eq!((batch.num_rows(), batch.num_columns()), (1, 18));
/// # Ok::<(), proxycore::Error>(())
/// ```
pub fn record_batch<'a, R: Row + 'a>(rows: impl IntoIterator<Item = &'a R>) -> Result<RecordBatch> {
    let rows: Vec<_> = rows.into_iter().map(Row::cells).collect();
    let columns = R::TABLE.columns.iter().enumerate();
    let columns = columns.map(|(at, column)| {
        let cells = rows.iter().map(|row| row.get(at).copied().unwrap_or(Cell::Null));
        array(column.kind, cells).ok_or_else(|| misfit(column.name))
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    RecordBatch::try_new(schema::<R>(), columns)
        .map_err(|error| Error::sink(SINK, "these rows make no batch").with_source(error))
}

/// The name in errors.
const SINK: &str = "Arrow";

/// The cells as an array of that type; `None` where one is of another.
fn array<'a>(kind: ColumnType, cells: impl Iterator<Item = Cell<'a>>) -> Option<ArrayRef> {
    Some(match kind {
        ColumnType::Text => Arc::new(cells.map(text).collect::<Option<StringArray>>()?),
        ColumnType::Int64 => Arc::new(cells.map(int64).collect::<Option<Int64Array>>()?),
        ColumnType::Float64 => Arc::new(cells.map(float64).collect::<Option<Float64Array>>()?),
    })
}

fn text(cell: Cell<'_>) -> Option<Option<&str>> {
    match cell {
        Cell::Text(text) => Some(Some(text)),
        Cell::Null => Some(None),
        _ => None,
    }
}

fn int64(cell: Cell<'_>) -> Option<Option<i64>> {
    match cell {
        Cell::Int64(number) => Some(Some(number)),
        Cell::Null => Some(None),
        _ => None,
    }
}

fn float64(cell: Cell<'_>) -> Option<Option<f64>> {
    match cell {
        Cell::Float64(number) => Some(Some(number)),
        Cell::Null => Some(None),
        _ => None,
    }
}

fn misfit(column: &str) -> Error {
    Error::sink(SINK, format!("a row has another type in `{column}` than its table"))
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int64Type};

    use super::*;
    use crate::metadata::{ProxyRecord, RenditionRecord, Table};

    #[test]
    fn columns_are_the_tables_with_their_types_and_nulls() {
        let row = RenditionRecord {
            name: "thumb".to_owned(),
            width: 256,
            de2000_mean: Some(0.25),
            fps: Some("24000/1001".to_owned()),
            ..RenditionRecord::default()
        };
        let batch = record_batch([&row, &RenditionRecord::default()]).unwrap();
        let column = |name| batch.column_by_name(name).unwrap();
        assert_eq!(column("name").as_string::<i32>().value(0), "thumb");
        assert_eq!(column("width").as_primitive::<Int64Type>().values(), &[256, 0]);
        let mean = column("de2000_mean").as_primitive::<Float64Type>();
        assert_eq!((mean.value(0), mean.is_null(1)), (0.25, true));
        let fps = column("fps").as_string::<i32>();
        assert_eq!((fps.value(0), fps.is_null(1)), ("24000/1001", true));
        let fields = batch.schema();
        let found =
            fields.fields().iter().map(|field| (field.name().as_str(), field.is_nullable()));
        let expected =
            RenditionRecord::TABLE.columns.iter().map(|column| (column.name, column.nullable));
        assert!(found.eq(expected));
    }

    #[test]
    fn no_rows_are_a_batch_too() {
        let batch = record_batch::<ProxyRecord>([]).unwrap();
        assert_eq!((batch.num_rows(), batch.num_columns()), (0, 18));
    }

    struct Liar(Vec<Cell<'static>>);

    impl Row for Liar {
        const TABLE: Table = ProxyRecord::TABLE;

        fn cells(&self) -> Vec<Cell<'_>> {
            self.0.clone()
        }
    }

    #[test]
    fn a_row_that_is_not_its_tables_is_an_error() {
        for cells in [vec![], vec![Cell::Null; 18], vec![Cell::Int64(1); 18]] {
            let error = record_batch([&Liar(cells)]).unwrap_err();
            assert_eq!(error.kind().name(), "sink");
        }
    }
}
