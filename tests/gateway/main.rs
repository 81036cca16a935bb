//! The whole gateway in process, asked through its front door, against the sandbox vendors.
//!
//! A test starts vendors over a world and a gateway in front of them ([`running::Running`]), asks under a team's view
//! and looks at the answer and at the calls the vendors counted. Files are by topic; names of tests are sentences.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected shall fail where it meets it")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says why")]

mod answer;
mod architecture;
mod attribution;
mod bad_input;
mod capture;
mod costs;
mod everything;
mod export;
mod gaps;
mod identity;
mod lists;
mod olist;
mod people;
mod q1;
mod queries;
mod rows;
mod running;
mod tables;
mod tokens;
mod vendors;
mod view_schemas;
mod views;
mod webhooks;
