//! The schema put together.

use async_graphql::parser::types::ServiceDocument;
use async_graphql::{EmptySubscription, SDLExportOptions, Schema};

use super::mutation::Mutation;
use super::object::history::TimelineEvent;
use super::query::{Node, Query};
use super::sdl;

/// The library's schema of everything this gateway answers.
pub type GatewaySchema = Schema<Query, Mutation, EmptySubscription>;

/// The schema. Limits are checked before it sees a document; names are never suggested, since they may be hidden.
pub fn schema() -> GatewaySchema {
    Schema::build(Query, Mutation, EmptySubscription)
        .register_output_type::<Node>()
        .register_output_type::<TimelineEvent>()
        .disable_suggestions()
        .finish()
}

/// The schema as a syntax tree: the whole contract, whatever a view hides of it.
pub fn contract() -> ServiceDocument {
    sdl::read(&schema().sdl_with_options(SDLExportOptions::new().include_specified_by()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_holds_together() {
        let text = schema().sdl();
        async_graphql::parser::parse_schema(text).expect("the schema's own text parses");
    }
}
