//! The tables as SQL. Databases differ in little: what their types are called, and whether a table
//! lies in a schema.

use super::{Column, ColumnType, Table};

/// A database's ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dialect {
    /// What goes before a table's name: nothing, or `"schema".`.
    pub(super) schema: String,
    /// The types of text, integers and floating-point numbers.
    pub(super) types: [&'static str; 3],
}

impl Dialect {
    /// A table's whole name.
    pub(super) fn name(&self, table: &Table) -> String {
        format!("{}{}", self.schema, table.name)
    }

    /// Makes a table and its index, where they are missing.
    pub(super) fn creation(&self, table: &Table) -> String {
        let columns = table.columns.iter();
        let columns = columns.map(|column| format!("    {},\n", self.declaration(column)));
        format!(
            "CREATE TABLE IF NOT EXISTS {name} (\n{columns}    PRIMARY KEY ({key})\n);\n\
             CREATE INDEX IF NOT EXISTS {bare}_file_id ON {name} (file_id);\n",
            name = self.name(table),
            columns = columns.collect::<String>(),
            key = table.key.join(", "),
            bare = table.name,
        )
    }

    /// Adds the nullable columns that a table of an older version lacks, whose rows have null there.
    pub(super) fn additions(&self, table: &Table, present: &[String]) -> Vec<String> {
        let missing = |column: &&Column| !present.iter().any(|name| name == column.name);
        let columns = table.columns.iter().filter(|column| column.nullable).filter(missing);
        let add = |column| {
            format!("ALTER TABLE {} ADD COLUMN {}", self.name(table), self.declaration(column))
        };
        columns.map(add).collect()
    }

    /// Inserts a row, whose cells are the parameters `$1`, `$2`, ...
    pub(super) fn insertion(&self, table: &Table) -> String {
        let marks: Vec<_> = (1..=table.columns.len()).map(|at| format!("${at}")).collect();
        let (name, names) = (self.name(table), names(table).join(", "));
        format!("INSERT INTO {name} ({names}) VALUES ({})", marks.join(", "))
    }

    fn declaration(&self, column: &Column) -> String {
        let [text, integer, float] = self.types;
        let kind = match column.kind {
            ColumnType::Text => text,
            ColumnType::Int64 => integer,
            ColumnType::Float64 => float,
        };
        format!("{} {kind}{}", column.name, if column.nullable { "" } else { " NOT NULL" })
    }
}

/// The names of a table's columns, in order.
pub(super) fn names(table: &Table) -> Vec<&'static str> {
    table.columns.iter().map(|column| column.name).collect()
}

/// The statements of a file of SQL, without its comments, as the documentation has it.
#[cfg(test)]
pub(super) fn statements(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("--"));
    lines.map(|line| format!("{line}\n")).collect()
}
