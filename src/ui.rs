//! ui
pub mod clock;
pub mod layout;
pub mod text;
pub mod theme;
