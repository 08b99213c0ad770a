//! A connection, and what is said over it.

use std::future::Future;
use std::time::Duration;

use bytes::BytesMut;
use tokio::time::timeout;
use tokio_postgres::types::{IsNull, ToSql, Type, accepts, to_sql_checked};
use tokio_postgres::{Client, Transaction};

use super::SINK;
use super::target::Target;
use crate::error::Error;
use crate::metadata::sql::names;
use crate::metadata::{Cell, ColumnType, ProxyRecord, RenditionRecord, Row, Table, Written};
use crate::runtime;

/// How long an attempt may take, whatever it waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Bounds each statement, and frees the rows that a vanished worker holds.
const BOUNDS: &str = "SET LOCAL statement_timeout = '30s'; \
                      SET LOCAL idle_in_transaction_session_timeout = '60s'";

/// Held while tables are made: `CREATE ... IF NOT EXISTS` fails where two do it at once. The number
/// is ours alone: "proxycor" in ASCII.
const LOCK: &str = "SELECT pg_advisory_xact_lock(8102661242816262002)";

/// The columns that a table has; none where there is no table.
const COLUMNS: &str = "SELECT a.attname::text FROM pg_catalog.pg_attribute a \
                       JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
                       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                       WHERE n.nspname = $1 AND c.relname = $2 \
                       AND a.attnum > 0 AND NOT a.attisdropped";

const SCHEMAS: &str = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1";

/// What went wrong, and whether it would again.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) lasts: bool,
}

type Outcome<T> = Result<T, tokio_postgres::Error>;

/// A connection to a database whose tables stand.
pub(super) struct Session {
    client: Client,
}

impl Session {
    pub(super) async fn open(target: &Target) -> Result<Self, Failure> {
        // the same bound again: the client's own ends where the server has been reached
        let patience = target.config.get_connect_timeout().map_or(PATIENCE, |time| *time);
        let client = in_time(target, "connect to", patience, connect(target)).await?;
        in_time(target, "make tables in", PATIENCE, complete(client, target)).await
    }

    /// Whether it is not known to be broken.
    pub(super) fn lives(&self) -> bool {
        !self.client.is_closed()
    }

    /// Keeps a row and its renditions. The row comes first: whoever writes the same one waits there
    /// until this transaction has ended, and then sees the renditions that it has to replace.
    pub(super) async fn upsert(
        &mut self,
        target: &Target,
        record: &ProxyRecord,
        renditions: &[RenditionRecord],
    ) -> Result<Written, Failure> {
        let work = upsert(&mut self.client, target, record, renditions);
        in_time(target, "write to", PATIENCE, work).await
    }
}

async fn connect(target: &Target) -> Outcome<Client> {
    let (client, connection) = target.config.connect(target.tls.clone()).await?;
    runtime::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection to PostgreSQL broke");
        }
    });
    Ok(client)
}

async fn complete(mut client: Client, target: &Target) -> Outcome<Session> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(BOUNDS).await?;
    transaction.batch_execute(LOCK).await?;
    for table in [ProxyRecord::TABLE, RenditionRecord::TABLE] {
        make(&transaction, target, &table).await?;
    }
    transaction.commit().await?;
    Ok(Session { client })
}

/// Makes a table, or adds what an older one lacks. What stands is not asked for: even `IF NOT
/// EXISTS` needs the right to make it.
async fn make(transaction: &Transaction<'_>, target: &Target, table: &Table) -> Outcome<()> {
    let dialect = &target.dialect;
    let schema = (&target.schema as _, Type::TEXT);
    let names = [schema.clone(), (&table.name as _, Type::TEXT)];
    let rows = transaction.query_typed(COLUMNS, &names).await?;
    let present = rows.iter().map(|row| row.try_get(0)).collect::<Outcome<Vec<String>>>()?;
    if present.is_empty() {
        if transaction.query_typed(SCHEMAS, &[schema]).await?.is_empty() {
            let name = dialect.schema.trim_end_matches('.');
            transaction.batch_execute(&format!("CREATE SCHEMA {name}")).await?;
        }
        return transaction.batch_execute(&dialect.creation(table)).await;
    }
    for addition in dialect.additions(table, &present) {
        transaction.batch_execute(&addition).await?;
    }
    Ok(())
}

async fn upsert(
    client: &mut Client,
    target: &Target,
    record: &ProxyRecord,
    renditions: &[RenditionRecord],
) -> Outcome<Written> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(BOUNDS).await?;
    let cells = record.cells();
    let (sql, cells) = (replacement(target), typed::<ProxyRecord>(&cells));
    let inserted = transaction.query_typed_one(&sql, &cells).await?.try_get(0)?;
    let table = target.dialect.name(&RenditionRecord::TABLE);
    let old = format!("DELETE FROM {table} WHERE proxy_id = $1");
    transaction.execute_typed(&old, &[(&record.proxy_id, Type::TEXT)]).await?;
    let insertion = target.dialect.insertion(&RenditionRecord::TABLE);
    for rendition in renditions {
        let cells = rendition.cells();
        transaction.execute_typed(&insertion, &typed::<RenditionRecord>(&cells)).await?;
    }
    transaction.commit().await?;
    Ok(Written { inserted })
}

/// Inserts a row or replaces the one with its key, and says which: a row that was there has been
/// locked by this transaction, which is then its `xmax`.
fn replacement(target: &Target) -> String {
    let table = ProxyRecord::TABLE;
    let names = names(&table);
    let changes: Vec<_> = names.iter().map(|name| format!("{name} = EXCLUDED.{name}")).collect();
    format!(
        "{} ON CONFLICT ({}) DO UPDATE SET {} RETURNING xmax = 0",
        target.dialect.insertion(&table),
        table.key.join(", "),
        changes.join(", ")
    )
}

type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

fn typed<'a, R: Row>(cells: &'a [Cell<'a>]) -> Vec<Parameter<'a>> {
    let columns = cells.iter().zip(R::TABLE.columns);
    let typed = columns.map(|(cell, column)| {
        let kind = match column.kind {
            ColumnType::Text => Type::TEXT,
            ColumnType::Int64 => Type::INT8,
            ColumnType::Float64 => Type::FLOAT8,
        };
        (cell as _, kind)
    });
    typed.collect()
}

impl ToSql for Cell<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            // a file may name its colour space so, and PostgreSQL's text has no such character
            Self::Text(text) if text.contains('\0') => {
                text.replace('\0', "\u{fffd}").to_sql(kind, out)
            }
            Self::Text(text) => text.to_sql(kind, out),
            Self::Int64(number) => number.to_sql(kind, out),
            Self::Float64(number) => number.to_sql(kind, out),
            Self::Null => Ok(IsNull::Yes),
        }
    }

    accepts!(TEXT, INT8, FLOAT8);
    to_sql_checked!();
}

async fn in_time<T>(
    target: &Target,
    tried: &str,
    patience: Duration,
    work: impl Future<Output = Outcome<T>>,
) -> Result<T, Failure> {
    let what = format!("cannot {tried} {}", target.place);
    match timeout(patience, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            let (lasts, denied) = (lasts(&error), denies(&error));
            let failed = match (denied, lasts) {
                (true, _) => Error::denied(format!("{SINK}: {what}")),
                (_, true) => Error::refused(SINK, what),
                (_, false) => Error::sink(SINK, what),
            };
            Err(Failure { error: failed.with_source(said(error)), lasts })
        }
        Err(late) => {
            Err(Failure { error: Error::sink(SINK, what).with_source(late), lasts: false })
        }
    }
}

/// What the server said, where it said something: the client's own error is `db error`.
fn said(error: tokio_postgres::Error) -> Box<dyn std::error::Error + Send + Sync> {
    match error.as_db_error() {
        Some(said) => said.to_string().into(),
        None => error.into(),
    }
}

/// Whether the server knows who asks and says no: a wrong password or user (class 28), or a right
/// that is missing.
fn denies(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| code.code().starts_with("28") || code.code() == "42501")
}

/// Whether the server would say the same again. Classes of PostgreSQL's documentation, appendix A:
/// connections, cancelled work, races, resources and restarts pass.
fn lasts(error: &tokio_postgres::Error) -> bool {
    const PASSING: [&str; 8] = ["08", "25", "40", "53", "55", "57", "58", "XX"];
    /// Somebody made the same schema, table or column, by other ways than ours.
    const RACES: [&str; 4] = ["23505", "42701", "42P06", "42P07"];
    error.code().is_some_and(|code| {
        let code = code.code();
        !PASSING.iter().any(|class| code.starts_with(class)) && !RACES.contains(&code)
    })
}

#[cfg(test)]
mod tests {
    use super::super::target::dialect;
    use super::*;
    use crate::metadata::PostgresMetadata;
    use crate::metadata::sql::statements;

    #[test]
    fn the_schema_is_the_documented_one() {
        let documented = include_str!("../../../../docs/schema-postgresql.sql");
        let dialect = dialect(PostgresMetadata::SCHEMA).unwrap();
        let tables = [ProxyRecord::TABLE, RenditionRecord::TABLE];
        let tables = tables.map(|table| dialect.creation(&table)).concat();
        let schema = format!("CREATE SCHEMA IF NOT EXISTS {};\n", PostgresMetadata::SCHEMA);
        assert_eq!(statements(documented), schema + &tables);
    }
}
