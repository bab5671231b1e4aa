//! The selected item of a list that changes.

use crate::protocol::Peer;

/// Remembers an item by its key, not its row, so that it stays selected when others come and go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection<K>(Option<K>);

impl<K> Default for Selection<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Clone + PartialEq> Selection<K> {
    /// The place of the selected item in a list with these keys: the first where nothing was selected, or it is gone.
    pub fn index<'k>(&self, keys: impl IntoIterator<Item = &'k K>) -> Option<usize>
    where
        K: 'k,
    {
        let mut keys = keys.into_iter().peekable();
        keys.peek()?;
        Some(self.0.as_ref().and_then(|selected| keys.position(|key| key == selected)).unwrap_or(0))
    }

    /// Selects the item at a place of a list with these keys, or its last one.
    pub fn select<'k>(&mut self, mut keys: impl ExactSizeIterator<Item = &'k K>, index: usize)
    where
        K: 'k,
    {
        let last = keys.len().saturating_sub(1);
        self.0 = keys.nth(index.min(last)).cloned();
    }

    /// Selects the item that lies `by` places further, as far as there are any.
    pub fn step<'k>(&mut self, keys: impl ExactSizeIterator<Item = &'k K> + Clone, by: isize)
    where
        K: 'k,
    {
        if let Some(index) = self.index(keys.clone()) {
            self.select(keys, index.saturating_add_signed(by));
        }
    }

    /// Selects the first item again.
    pub fn clear(&mut self) {
        self.0 = None;
    }
}

/// A pane with a list.
pub trait ListPane {
    /// The place of the selected item.
    fn selected_index(&self, peer: &Peer) -> Option<usize>;

    /// Selects the item at a place, or the last one.
    fn select(&mut self, peer: &Peer, index: usize);

    /// Selects the item that lies `by` places further, as far as there are any.
    fn step(&mut self, peer: &Peer, by: isize) {
        if let Some(index) = self.selected_index(peer) {
            self.select(peer, index.saturating_add_signed(by));
        }
    }
}
