//! Typed settings: one TOML file, every mistake reported at once with its line.
