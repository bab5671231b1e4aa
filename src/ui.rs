//! ui
pub mod clock;
pub mod text;
pub mod theme;
