//! The schema: resolvers, paging, error codes, limits.

pub mod code;
pub mod document;
pub mod engine;
pub mod object;
pub mod paging;
pub mod request;
pub mod scalars;
pub mod sdl;
pub mod visible;
