//! The selected item of a list that changes.

use crate::protocol::Peer;

/// Remembers the selected item by its key, not its index, so that it stays selected when the list changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection<K>(Option<K>);

impl<K> Default for Selection<K> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Clone + PartialEq> Selection<K> {
    /// The index of the selected item in a list with these keys, or 0 if nothing is selected or the item is gone.
    /// `None` if the list is empty.
    pub fn index<'k>(&self, keys: impl IntoIterator<Item = &'k K>) -> Option<usize>
    where
        K: 'k,
    {
        let mut keys = keys.into_iter().peekable();
        keys.peek()?;
        Some(self.0.as_ref().and_then(|selected| keys.position(|key| key == selected)).unwrap_or(0))
    }

    /// Selects the item at an index of a list with these keys, or the last item if the index is beyond the end.
    pub fn select<'k>(&mut self, mut keys: impl ExactSizeIterator<Item = &'k K>, index: usize)
    where
        K: 'k,
    {
        let last = keys.len().saturating_sub(1);
        self.0 = keys.nth(index.min(last)).cloned();
    }

    /// Moves the selection by `by` items, up if negative, but not beyond the ends of the list.
    pub fn step<'k>(&mut self, keys: impl ExactSizeIterator<Item = &'k K> + Clone, by: isize)
    where
        K: 'k,
    {
        if let Some(index) = self.index(keys.clone()) {
            self.select(keys, index.saturating_add_signed(by));
        }
    }

    /// The key of the selected item, which may be gone.
    pub fn key(&self) -> Option<&K> {
        self.0.as_ref()
    }

    /// Selects the first item again.
    pub fn clear(&mut self) {
        self.0 = None;
    }
}

/// A pane with a list.
pub trait ListPane {
    /// The index of the selected item; `None` if the list is empty.
    fn selected_index(&self, peer: &Peer) -> Option<usize>;

    /// Selects the item at an index, or the last item if the index is beyond the end.
    fn select(&mut self, peer: &Peer, index: usize);

    /// Moves the selection by `by` items, up if negative, but not beyond the ends of the list.
    fn step(&mut self, peer: &Peer, by: isize);

    /// Whether an item is selected that the list still has. Called for each frame, so it does not build the list if it
    /// need not.
    fn is_selection_listed(&self, peer: &Peer) -> bool;
}
