//! The rows: their columns, in order, are the fields of these structs.

use serde::{Deserialize, Serialize};

/// A row of a [`Table`].
pub trait Row {
    /// The table that it belongs to.
    const TABLE: Table;

    /// The row's cells, in the order of the table's columns.
    fn cells(&self) -> Vec<Cell<'_>>;
}

/// A table: its name and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name, without a schema.
    pub name: &'static str,
    /// The columns that tell one row from another.
    pub key: &'static [&'static str],
    /// The columns, in order.
    pub columns: &'static [Column],
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnType,
    /// Whether it may be null, which says that nobody measured it, or that it does not apply.
    pub nullable: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnType {
    /// UTF-8.
    Text,
    /// A signed integer of 64 bits.
    Int64,
    /// An IEEE 754 double.
    Float64,
}

/// The value in one column of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Cell<'a> {
    /// Of a [`ColumnType::Text`].
    Text(&'a str),
    /// Of a [`ColumnType::Int64`].
    Int64(i64),
    /// Of a [`ColumnType::Float64`].
    Float64(f64),
    /// Of any type, in a column that is nullable.
    Null,
}

/// A type that a column can hold.
pub trait Field {
    /// The type of such a column.
    const KIND: ColumnType;
    /// Whether there may be no value.
    const NULLABLE: bool = false;

    /// The value as a cell.
    fn cell(&self) -> Cell<'_>;
}

impl Field for String {
    const KIND: ColumnType = ColumnType::Text;

    fn cell(&self) -> Cell<'_> {
        Cell::Text(self)
    }
}

impl Field for i64 {
    const KIND: ColumnType = ColumnType::Int64;

    fn cell(&self) -> Cell<'_> {
        Cell::Int64(*self)
    }
}

impl Field for f64 {
    const KIND: ColumnType = ColumnType::Float64;

    fn cell(&self) -> Cell<'_> {
        Cell::Float64(*self)
    }
}

impl<T: Field> Field for Option<T> {
    const KIND: ColumnType = T::KIND;
    const NULLABLE: bool = true;

    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Null, Field::cell)
    }
}

/// Makes a struct a row: its fields are the columns.
macro_rules! row {
    (
        $table:literal, key $key:expr;
        $(#[$about:meta])*
        pub struct $name:ident {
            $($(#[$what:meta])* pub $field:ident: $kind:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$what])* pub $field: $kind,)*
        }

        impl Row for $name {
            const TABLE: Table = Table {
                name: $table,
                key: &$key,
                columns: &[
                    $(Column {
                        name: stringify!($field),
                        kind: <$kind as Field>::KIND,
                        nullable: <$kind as Field>::NULLABLE,
                    },)*
                ],
            };

            fn cells(&self) -> Vec<Cell<'_>> {
                vec![$(self.$field.cell(),)*]
            }
        }
    };
}

row! {
    "proxy_outputs", key ["proxy_id"];
    /// What was made of a source, in a row of `proxy_outputs`: 18 columns that other programs join
    /// on, so none is added, renamed or moved.
    pub struct ProxyRecord {
        /// What the recipe made of the file, [`proxy_id`](crate::identity::proxy_id): the key.
        pub proxy_id: String,
        /// The source in its present state, [`file_id`](crate::identity::file_id).
        pub file_id: String,
        /// The source's key.
        pub s3_key: String,
        /// The source's store.
        pub s3_bucket: String,
        /// The source in any state, [`asset_id`](crate::identity::asset_id).
        pub asset_id: String,
        /// The thumbnail's key.
        pub thumbnail_s3_key: String,
        /// The proxy's key.
        pub proxy_s3_key: String,
        /// Bytes of the thumbnail.
        pub thumbnail_size_bytes: i64,
        /// Bytes of the proxy.
        pub proxy_size_bytes: i64,
        /// Bytes of the source.
        pub source_size_bytes: i64,
        /// The source's colour space.
        pub source_colorspace: String,
        /// The thumbnail's colour space, `sRGB`.
        pub thumb_colorspace: String,
        /// The proxy's colour space, `Rec.709`.
        pub proxy_colorspace: String,
        /// The thumbnail's size in pixels, `256x256`.
        pub thumb_resolution: String,
        /// The proxy's size in pixels, as made.
        pub proxy_resolution: String,
        /// Seconds from the source's opening until all is made; storing it is not in them.
        pub processing_time_seconds: f64,
        /// When it was made, as [`iso8601`](crate::timestamp::iso8601) writes it.
        pub generated_timestamp: String,
        /// The version of this crate that made it.
        pub generator_version: String,
    }
}

row! {
    "proxy_renditions", key ["proxy_id", "name"];
    /// One rendition of a source, in a row of `proxy_renditions`: what the 18 columns of
    /// [`ProxyRecord`] have no room for.
    pub struct RenditionRecord {
        /// The `proxy_id` of the [`ProxyRecord`] that it belongs to.
        pub proxy_id: String,
        /// The `file_id` of the same, for joining without it.
        pub file_id: String,
        /// The rendition's name in keys: `thumb`, `proxy`, `preview`.
        pub name: String,
        /// Its key.
        pub s3_key: String,
        /// Its URI, `s3://bucket/key`.
        pub uri: String,
        /// What it is for, as its tag says: `thumbnail`, `proxy`, `preview`.
        pub media_type: String,
        /// Its media type for HTTP, such as `image/jpeg`.
        pub content_type: String,
        /// Pixels in a row.
        pub width: i64,
        /// Rows of pixels.
        pub height: i64,
        /// Bytes.
        pub size_bytes: i64,
        /// Its colour space, by Color Interop ID.
        pub colorspace: String,
        /// The SHA-256 of its bytes, in hex.
        pub sha256: String,
        /// The hash of the recipe that it was made by.
        pub recipe: String,
        /// The mean dE2000 to the light that it was made from; null where nobody measured.
        pub de2000_mean: Option<f64>,
        /// The dE2000 that 99 of 100 pixels stay within; null as above.
        pub de2000_p99: Option<f64>,
        /// The largest dE2000; null as above.
        pub de2000_max: Option<f64>,
        /// The largest mean signed difference of L*, a* and b*; null as above.
        pub color_bias: Option<f64>,
        /// The colour tags that were read back from the file; null as above.
        pub color_tags: Option<String>,
        /// The frames of a sequence, as fileseq writes them: `1001-1100`; null for a single frame.
        pub frame_range: Option<String>,
        /// A sequence's frames per second, a whole number or a fraction: `24000/1001`; null as above.
        pub fps: Option<String>,
        /// Those of a sequence's frames that were not there; null where none was missing.
        pub missing: Option<String>,
        /// What was done to colours, as JSON of a
        /// [`ColorTransform`](crate::color::ColorTransform): config, display, view, looks, precision;
        /// null of what an older version made.
        pub color_transform: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ColumnType::{Float64, Int64, Text};

    /// The contract, written down a second time on purpose.
    const PROXY_OUTPUTS: [(&str, ColumnType); 18] = [
        ("proxy_id", Text),
        ("file_id", Text),
        ("s3_key", Text),
        ("s3_bucket", Text),
        ("asset_id", Text),
        ("thumbnail_s3_key", Text),
        ("proxy_s3_key", Text),
        ("thumbnail_size_bytes", Int64),
        ("proxy_size_bytes", Int64),
        ("source_size_bytes", Int64),
        ("source_colorspace", Text),
        ("thumb_colorspace", Text),
        ("proxy_colorspace", Text),
        ("thumb_resolution", Text),
        ("proxy_resolution", Text),
        ("processing_time_seconds", Float64),
        ("generated_timestamp", Text),
        ("generator_version", Text),
    ];

    #[test]
    fn the_row_is_the_one_that_others_depend_on() {
        let table = ProxyRecord::TABLE;
        let columns: Vec<_> =
            table.columns.iter().map(|column| (column.name, column.kind)).collect();
        assert_eq!((table.name, columns.as_slice()), ("proxy_outputs", &PROXY_OUTPUTS[..]));
    }

    #[test]
    fn json_has_the_columns_in_order() {
        let json = serde_json::to_string(&ProxyRecord::default()).unwrap();
        let mut rest = json.as_str();
        for (name, _) in PROXY_OUTPUTS {
            rest = rest.split_once(&format!("\"{name}\":")).unwrap().1;
        }
    }

    #[test]
    fn lines_of_an_older_version_are_read() {
        let mut line = serde_json::to_value(RenditionRecord::default()).unwrap();
        let cells = line.as_object_mut().unwrap();
        for later in ["de2000_mean", "frame_range", "fps", "missing", "color_transform"] {
            assert!(cells.remove(later).is_some(), "{later}");
        }
        let read: RenditionRecord = serde_json::from_value(line).unwrap();
        assert_eq!(read, RenditionRecord::default());
    }

    #[test]
    fn cells_follow_the_columns() {
        let record = RenditionRecord { width: 256, name: "thumb".to_owned(), ..Default::default() };
        let columns = RenditionRecord::TABLE.columns;
        let at = |name| columns.iter().position(|column| column.name == name).unwrap();
        assert_eq!(record.cells().len(), columns.len());
        assert_eq!(record.cells()[at("width")], Cell::Int64(256));
        assert_eq!(record.cells()[at("name")], Cell::Text("thumb"));
    }
}
