//! The schema: resolvers, paging, error codes, limits.
