//! The doors: GraphQL over HTTP, health, the page.
