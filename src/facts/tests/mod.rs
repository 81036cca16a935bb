//! The read model tried without a store: what is made step by step is what is made from scratch.

mod lists;
mod restart;
mod store;
mod told;
mod twice;
mod world;
