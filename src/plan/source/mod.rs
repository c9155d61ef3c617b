//! YAML text as a tree that knows its places: read within limits, strict, all errors of a file at once.

pub mod files;
pub mod masking;
pub mod node;
pub mod text;
pub mod tree;
