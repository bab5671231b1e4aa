//! Turns panics of redb into errors.
//!
//! redb reports most structural damage of a page as an error, and panics on the rest. The store's thread must survive
//! that, or fail with a message.
//!
//! A panic hook also runs for a panic that is caught. The hook installed here, when a store is first opened, only logs
//! the panics that [`catch_redb_panic`] catches, and passes all others to the previous hook.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use redb::Database;

use super::error::StoreError;

thread_local! {
    /// Whether [`catch_redb_panic`] is running on this thread. Read by the hook.
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}
static HOOK: Once = Once::new();

/// Runs `work`, which uses the database, and returns a panic in it as [`StoreError::Broken`].
pub(crate) fn catch_redb_panic<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    HOOK.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IS_CAUGHT.get() {
                tracing::error!(panic = %info, "the database panicked");
            } else {
                report(info);
            }
        }));
    });
    let outer = IS_CAUGHT.replace(true);
    // Unwind safe: after a panic redb rolls the transaction back, or refuses further work because a lock is poisoned.
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    IS_CAUGHT.set(outer);
    done.unwrap_or_else(|panic| Err(StoreError::Broken(message(panic.as_ref()))))
}

/// Closes a database by dropping it.
pub(crate) fn close(database: Option<Database>) -> Result<(), StoreError> {
    catch_redb_panic(|| {
        drop(database);
        Ok(())
    })
}

/// The first line of the panic message.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    // The message of a failed assertion has several lines.
    text.and_then(|text| text.lines().next()).unwrap_or("unknown reason").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_becomes_an_error_with_its_first_line() {
        let fail = || -> Result<(), StoreError> { panic!("page 7\nis not there") };
        let error = catch_redb_panic(|| catch_redb_panic(fail)).unwrap_err();
        assert_eq!(error.to_string(), "the file is damaged (page 7)");
        assert!(!IS_CAUGHT.get(), "later panics reach the previous hook");
    }
}
