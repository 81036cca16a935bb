//! The other end of the wire: vendors to run on one's own machine, for the demo, the tests and the benchmarks.
//!
//! Speaks only HTTP and shares no code with the connectors, so that neither can hide the other's mistake. The
//! vendors' own client libraries are its test suite (`tests/clients`). Its data is a [`World`](world::World).

pub mod clock;
pub mod faults;
pub mod hubspot;
pub mod salesforce;
pub mod world;
