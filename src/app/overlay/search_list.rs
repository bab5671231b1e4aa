//! The search overlay: the words to find, and the list of hits.

use super::component::Component;
use crate::app::{
    actions::search::show,
    event::{Event, ModelRef},
    keymap::{Action, Context},
    state::{Composer, SearchChange},
};

/// The search overlay. Closing it does not end the search.
#[derive(Debug, Clone)]
pub struct SearchList {
    /// The field for the words to find.
    pub composer: Box<Composer>,
}

impl SearchList {
    pub(super) fn open(model: &ModelRef<'_>) -> Self {
        let mut composer = Composer::new(&model.search.text);
        if model.search.has_old_words {
            composer.hold();
        }
        Self { composer: Box::new(composer) }
    }
}

impl Component for SearchList {
    fn context(&self) -> Context {
        Context::Find
    }

    fn hints(&self) -> &'static [Action] {
        &[Action::Cancel, Action::Open, Action::ChangeScope]
    }

    fn act(&mut self, action: Action, model: &ModelRef<'_>) -> Vec<Event> {
        match action {
            Action::Open if model.search.waits_for_hits() => vec![Event::Search(SearchChange::OpenFirst)],
            Action::Open => show(model.search.selected, model),
            Action::ChangeScope | Action::Search => vec![Event::Search(SearchChange::ToggleScope)],
            _ => Vec::new(),
        }
    }

    fn field(&mut self) -> Option<&mut Composer> {
        Some(&mut self.composer)
    }

    fn field_changed(&mut self, _: &ModelRef<'_>) -> Vec<Event> {
        vec![Event::Search(SearchChange::Words(self.composer.text()))]
    }

    fn finds_nothing(&self, model: &ModelRef<'_>) -> bool {
        model.search.hits.is_empty() || model.search.waits_for_hits()
    }

    fn selected(&self, model: &ModelRef<'_>) -> Option<usize> {
        (!model.search.hits.is_empty()).then_some(model.search.selected)
    }

    fn step(&mut self, by: isize, _: &ModelRef<'_>) -> Vec<Event> {
        vec![Event::Search(SearchChange::Step(by))]
    }
}
