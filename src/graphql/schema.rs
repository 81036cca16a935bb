//! The schema put together.

use async_graphql::{EmptyMutation, EmptySubscription, Schema};

use super::object::history::TimelineEvent;
use super::query::{Node, Query};

/// The library's schema of everything this gateway answers.
pub type GatewaySchema = Schema<Query, EmptyMutation, EmptySubscription>;

/// The schema. Limits are checked before it sees a document; names are never suggested, since they may be hidden.
pub fn schema() -> GatewaySchema {
    Schema::build(Query, EmptyMutation, EmptySubscription)
        .register_output_type::<Node>()
        .register_output_type::<TimelineEvent>()
        .disable_suggestions()
        .finish()
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
