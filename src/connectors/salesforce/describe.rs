//! Is the org well, and does it have what we need?

use async_trait::async_trait;

use crate::connectors::bridge;
use crate::source::describe::{Describe, Finding, HealthReport};
use crate::source::error::SourceError;

use super::org::Org;

#[async_trait]
impl Describe for Org {
    fn health(&self) -> HealthReport {
        bridge::health(&self.upstream, self.clock)
    }

    async fn check(&self) -> Result<Vec<Finding>, SourceError> {
        Ok(Vec::new())
    }
}
