//! The view of a prompt: the line to type in, an error, and the hint for Enter.

use super::draw::{Draw, Surface};
use crate::app::Prompt;

impl Draw for Prompt {
    fn draw(&self, surface: &mut Surface<'_>) {
        let title = surface.screen.translate(self.title());
        let field = surface.open_form(&title, self.error.as_ref(), Vec::new());
        surface.draw_field(&self.shown(), String::new, field);
    }
}
