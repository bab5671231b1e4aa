//! Guards that fail with a typed error.

/// Fails with `error` unless `holds`.
pub fn ensure<E>(holds: bool, error: E) -> Result<(), E> {
    if holds { Ok(()) } else { Err(error) }
}
