//! A hash that stays the same: the standard library's may change with its version.

/// FNV-1a, 32 bits of it.
pub const fn fnv_1a(bytes: &[u8]) -> usize {
    let (mut hash, mut at) = (0x811C_9DC5_u32, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash as usize
}
