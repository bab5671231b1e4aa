//! What redb does where a page is damaged in its structure: it reports that, mostly, and panics where it does not
//! expect it. Here a panic becomes an error, so that the thread that owns the store goes on or fails in words.
//!
//! The hooks of panics know nothing of who catches them: the one here is put before those that are there when a
//! store is first opened, says nothing on the screen for a panic that is caught here, and hands over all others.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use super::error::StoreError;

thread_local! {
    /// Whether a panic of this thread is caught here; the hook has nothing else to go by.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}
static HOOK: Once = Once::new();

/// Does what touches the database.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    HOOK.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if GUARDED.get() {
                tracing::error!(panic = %info, "the database could not go on");
            } else {
                report(info);
            }
        }));
    });
    let outer = GUARDED.replace(true);
    // What the database was doing is undone or refused: it counts what it has locked as lost from here on.
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    done.unwrap_or_else(|panic| Err(StoreError::Broken(words(panic.as_ref()))))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    // An assertion has several lines.
    text.and_then(|text| text.lines().next()).unwrap_or("no reason is given").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_that_says_why() {
        let fail = || -> Result<(), StoreError> { panic!("page 7\nis not there") };
        let error = guarded(|| guarded(fail)).unwrap_err();
        assert_eq!(error.to_string(), "the file of the history is damaged (page 7)");
        assert!(!GUARDED.get(), "what panics later is reported");
    }
}
