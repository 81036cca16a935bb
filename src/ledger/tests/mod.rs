//! The same suite against both stores, and what is particular to each.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod crash;
mod fixtures;
mod formats;
mod golden;
mod particular;
mod plans;
mod suite;

use std::sync::Arc;

use sqlx::Connection;
use tempfile::TempDir;

use super::{Ledger, open};

/// A ledger of its own for one test, with what keeps it alive.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) folder: Option<TempDir>,
}

impl Place {
    pub(super) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("leadline.db").display());
        Self { url, folder: Some(folder) }
    }

    /// A schema of its own in the server that the environment names; none, and a sentence, where it names none.
    pub(crate) async fn postgres(test: &str) -> Option<Self> {
        use std::io::Write;
        let Ok(server) = std::env::var("LEADLINE_TEST_POSTGRES") else {
            let sentence =
                format!("SKIPPED on PostgreSQL: {test} (LEADLINE_TEST_POSTGRES names no server)\n");
            // Written past the test harness, which would keep it to itself.
            let _nobody_listens = std::io::stderr().write_all(sentence.as_bytes());
            return None;
        };
        let schema = format!("t{}", uuid::Uuid::new_v4().simple());
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
        sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
        let joint = if server.contains('?') { '&' } else { '?' };
        Some(Self { url: format!("{server}{joint}options[search_path]={schema}"), folder: None })
    }

    pub(crate) async fn open(&self) -> Arc<dyn Ledger> {
        open(&self.url).await.unwrap()
    }
}

/// Tests of the suite, each run against both stores.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $test() {
                super::$test($crate::ledger::tests::Place::sqlite()).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test] async fn $test() {
                if let Some(place) = $crate::ledger::tests::Place::postgres(stringify!($test)).await {
                    super::$test(place).await;
                }
            })*
        }
    };
}
pub(super) use on_both;
