//! A guard that returns a typed error.

/// Returns `error` unless the condition `holds`.
pub fn ensure<E>(holds: bool, error: E) -> Result<(), E> {
    if holds { Ok(()) } else { Err(error) }
}
