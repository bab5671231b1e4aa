//! When a frame may be drawn.

use std::time::Duration;

use tokio::time::Instant;

/// The shortest time between frames, where they go on and on.
pub(super) const FRAME: Duration = Duration::from_millis(16);
/// So many may come at once after a pause: what follows on something that happened is seen at once, too.
const AT_ONCE: u32 = 3;

/// Lets frames through at a steady pace, some at once after a pause (the generic cell rate algorithm).
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When the next frame would be due if they all came at the pace; none before the first.
    steady: Option<Instant>,
}

impl Pace {
    /// When the next frame may be drawn; none where that is now in any case.
    pub(super) fn due(&self) -> Option<Instant> {
        self.steady.map(|steady| steady - FRAME * (AT_ONCE - 1))
    }

    /// A frame is drawn.
    pub(super) fn drawn(&mut self, now: Instant) {
        self.steady = Some(self.steady.map_or(now, |steady| steady.max(now)) + FRAME);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::clock, *};

    /// How many frames are drawn within a time in which something happens all the while.
    fn frames(pace: &mut Pace, from: Instant, millis: u64) -> usize {
        let is_drawn = |milli: &u64| {
            let now = from + Duration::from_millis(*milli);
            let may = pace.due().is_none_or(|due| due <= now);
            if may {
                pace.drawn(now);
            }
            may
        };
        (0..millis).filter(is_drawn).count()
    }

    #[test]
    fn a_flood_is_drawn_at_a_pace_and_what_comes_alone_at_once() {
        let (mut pace, start) = (Pace::default(), clock::instant());
        assert_eq!(frames(&mut pace, start, 3), 3, "three at once");
        assert_eq!(frames(&mut pace, start + Duration::from_millis(3), 1600), 100, "then at the pace");
        let later = start + Duration::from_secs(5);
        assert_eq!(frames(&mut pace, later, 10), 3, "and after a pause as in the beginning");
    }
}
