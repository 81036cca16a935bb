//! The schema: resolvers, paging, error codes, limits.
//!
//! A document is first admitted ([`document`]), then the library runs it over [`query`] and the types in [`object`].
//! Resolvers hold no logic: `select` says which fields must travel, `load` asks `unify`, the object shows what it
//! answered. What is always true: every error has a code of [`code`], a nullable field that fails leaves its siblings
//! whole, and nothing is answered that the caller's view does not see.

pub mod code;
pub mod document;
pub mod engine;
pub mod filter;
mod load;
pub mod mutation;
pub mod numbers;
pub mod object;
pub mod paging;
pub mod query;
pub mod request;
pub mod scalars;
pub mod schema;
pub mod sdl;
mod select;
pub mod visible;
