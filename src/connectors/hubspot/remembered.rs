//! Small facts about an account that many reads need: pipelines, titles of forms. Read once, kept for a while, read by one
//! caller while the others wait.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::source::error::SourceError;

/// How long such a fact is believed.
const LIFETIME: Duration = Duration::from_secs(600);

/// A fact, if it was read lately.
pub(super) struct Remembered<T>(Mutex<Option<(Instant, Arc<T>)>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Remembered<T> {
    /// The fact, read anew where it is not known or too old. A failed read is not remembered.
    pub(super) async fn get(
        &self,
        read: impl Future<Output = Result<T, SourceError>>,
    ) -> Result<Arc<T>, SourceError> {
        let mut kept = self.0.lock().await;
        if let Some((at, fact)) = &*kept
            && at.elapsed() < LIFETIME
        {
            return Ok(fact.clone());
        }
        let fact = Arc::new(read.await?);
        *kept = Some((Instant::now(), fact.clone()));
        Ok(fact)
    }
}
