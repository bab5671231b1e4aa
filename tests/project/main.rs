//! Checks of the repository itself: its layers, documents, packages and containers.

mod advisories;
mod contributing;
mod docker;
mod docs;
mod import_graph;
mod install;
mod layers;
mod package;
