//! Checks of the repository itself: its layers, documents, packages and containers.

mod contributing;
mod docker;
mod docs;
mod import_graph;
mod install;
mod layers;
mod package;
