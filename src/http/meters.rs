//! The numbers operators watch, in the words of Prometheus. Labels come from closed sets: routes, statuses, codes.

use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

const REQUESTS: &str = "leadline_http_requests_total";
const DURATION: &str = "leadline_http_request_duration_seconds";
const IN_FLIGHT: &str = "leadline_http_requests_in_flight";
const ERRORS: &str = "leadline_errors_total";
const DELIVERIES: &str = "leadline_webhook_deliveries_total";
const NOTICES: &str = "leadline_webhook_notices_total";

/// Upper bounds of the buckets of durations, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// How often numbers noted between two readings are put together.
const UPKEEP: Duration = Duration::from_secs(5);

/// The numbers of this process.
#[derive(Clone)]
pub struct Meters(PrometheusHandle);

impl Meters {
    /// Begins to count, for the whole process.
    ///
    /// # Errors
    /// When something counts already.
    pub fn install() -> Result<Self, BuildError> {
        let handle = builder()?.install_recorder()?;
        metrics::describe_counter!(REQUESTS, "Requests by route and status");
        metrics::describe_histogram!(DURATION, metrics::Unit::Seconds, "How long requests took, by route");
        metrics::describe_gauge!(IN_FLIGHT, "Requests being answered");
        metrics::describe_counter!(ERRORS, "Errors told to callers, by code");
        metrics::describe_counter!(DELIVERIES, "Deliveries of vendors, by source and outcome");
        metrics::describe_counter!(NOTICES, "Notices in deliveries that were believed, by source and kind");
        Ok(Self(handle))
    }

    /// The numbers as text.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Puts together what was noted since, for as long as it is polled; otherwise it would pile up between readings.
    pub async fn keep_tidy(&self) {
        loop {
            tokio::time::sleep(UPKEEP).await;
            self.0.run_upkeep();
        }
    }
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(DURATION.to_owned()), &BUCKETS)
}

/// Counts a request that was answered.
pub(super) fn count_request(route: &str, status: u16, took: Duration) {
    let route = route.to_owned();
    metrics::counter!(REQUESTS, "route" => route.clone(), "status" => status.to_string()).increment(1);
    metrics::histogram!(DURATION, "route" => route).record(took.as_secs_f64());
}

/// Counts an error told to a caller.
pub(super) fn count_error(code: &'static str) {
    metrics::counter!(ERRORS, "code" => code).increment(1);
}

/// Counts a delivery to a source that has a door for it.
pub(super) fn count_delivery(source: &str, outcome: &'static str) {
    metrics::counter!(DELIVERIES, "source" => source.to_owned(), "outcome" => outcome).increment(1);
}

/// Counts what a delivery told.
pub(super) fn count_notices(source: &str, kind: &'static str, notices: u64) {
    if notices > 0 {
        metrics::counter!(NOTICES, "source" => source.to_owned(), "kind" => kind).increment(notices);
    }
}

/// A request being answered, until it is dropped.
pub(super) struct InFlight(());

impl InFlight {
    /// Counts one more.
    pub(super) fn begin() -> Self {
        metrics::gauge!(IN_FLIGHT).increment(1.0);
        Self(())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics::gauge!(IN_FLIGHT).decrement(1.0);
    }
}
