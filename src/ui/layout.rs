//! Where the panes go.
//!
//! Owns the split of the screen: pure arithmetic from a size and what the panes would like to have. Every
//! rectangle lies within the area that was given, whatever its size, and none overlaps another. Below 80
//! columns the left column shows only the pane that has the focus, and only while it has it; below 60 there
//! is one pane at a time.

use ratatui::layout::Rect;

use crate::app::{Arrangement, Pane};

/// From here on all panes are shown.
const WIDE: u16 = 80;
/// From here on two are shown side by side.
const MEDIUM: u16 = 60;
/// The most columns of the lists where only one of them is shown.
const LISTS_MEDIUM: u16 = 24;
/// From this width on messages keep a column off the frame.
const MARGIN_FROM: u16 = 44;
/// The most lines that the composer grows to.
const COMPOSER_LIMIT: u16 = 6;

/// What the panes would like to have.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    /// Where they are to be.
    pub arrangement: &'a Arrangement,
    /// Who has the focus.
    pub focus: Pane,
    /// Rows that the groups fill.
    pub groups: u16,
    /// Rows that the inbox fills.
    pub inbox: u16,
    /// Lines that stand in the composer; 0 hides it.
    pub composer: u16,
}

/// A pane's share: its frame and what lies within.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// With the border; the border between two panes belongs to the lower one.
    pub outer: Rect,
    /// Without it.
    pub inner: Rect,
}

/// Where everything is; what is not shown is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Areas {
    /// The line at the top.
    pub header: Option<Rect>,
    /// The frame around the left panes.
    pub left: Option<Rect>,
    /// The users.
    pub users: Option<Share>,
    /// The groups.
    pub groups: Option<Share>,
    /// The inbox.
    pub inbox: Option<Share>,
    /// The frame around tabs, messages and composer.
    pub right: Option<Rect>,
    /// The line of tabs, within the frame's upper border.
    pub tabs: Option<Rect>,
    /// The messages.
    pub messages: Option<Rect>,
    /// The border between the messages and the composer.
    pub divider: Option<Rect>,
    /// The composer's lines.
    pub composer: Option<Rect>,
    /// The line at the bottom.
    pub hints: Option<Rect>,
}

impl Wishes<'_> {
    fn shows(&self, pane: Pane) -> bool {
        self.focus == pane || !self.arrangement.hidden.contains(&pane)
    }

    fn shows_any(&self) -> bool {
        Pane::LISTS.into_iter().any(|pane| self.shows(pane))
    }
}

impl Areas {
    /// Splits `area`.
    pub fn split(area: Rect, wishes: Wishes<'_>) -> Self {
        let mut areas = Self::default();
        let mut body = area;
        if area.is_empty() {
            return areas;
        }
        if body.height >= 5 {
            areas.header = Some(row(body, 0));
            body = below(body, 1);
        }
        if body.height >= 4 {
            areas.hints = Some(row(body, body.height - 1));
            body.height -= 1;
        }
        let is_list = matches!(wishes.focus, Pane::Users | Pane::Groups | Pane::Inbox);
        let left_width = match area.width {
            WIDE.. if wishes.shows_any() => wishes.arrangement.width.min(area.width / 2),
            MEDIUM..WIDE if is_list => LISTS_MEDIUM,
            ..MEDIUM if is_list => area.width,
            _ => 0,
        };
        let right_width = body.width - left_width;
        let [left_x, right_x] = if wishes.arrangement.lists_at_right {
            [body.x + right_width, body.x]
        } else {
            [body.x, body.x + left_width]
        };
        let left = Rect { x: left_x, width: left_width, ..body };
        let right = Rect { x: right_x, width: right_width, ..body };
        if area.width >= WIDE && left_width > 0 {
            areas.place_column(left, wishes);
        } else if is_list {
            areas.place_list(left, wishes.focus);
        }
        if right.width > 0 {
            areas.place_chat(right, wishes);
        }
        areas
    }

    /// The lists that are shown in one frame; one where there is no room for them all.
    fn place_column(&mut self, column: Rect, wishes: Wishes<'_>) {
        let shown: Vec<Pane> = Pane::LISTS.into_iter().filter(|pane| wishes.shows(*pane)).collect();
        let count = u16::try_from(shown.len()).unwrap_or(0);
        // A border around each, and a row for each.
        let Some(rows) = column.height.checked_sub(count + 1).filter(|rows| *rows >= count) else {
            let first = shown.first().copied().unwrap_or_default();
            self.place_list(column, if shown.contains(&wishes.focus) { wishes.focus } else { first });
            return;
        };
        // The first has what the others leave, who may want a third; a half where the users are not among them.
        let limit = (rows / if wishes.shows(Pane::Users) { 3 } else { 2 }).max(1);
        let wanted = |pane: &Pane| match pane {
            Pane::Groups => wishes.groups.max(2).min(limit),
            _ => wishes.inbox.max(3).min(limit),
        };
        let others: u16 = shown.iter().skip(1).map(wanted).sum();
        self.left = Some(column);
        let mut top = 0;
        let mut next = |height: u16| {
            let outer = Rect { y: column.y + top, height: height + 1, ..column };
            top += height + 1;
            Share { outer, inner: within(outer, 1, 0) }
        };
        for (place, pane) in shown.iter().enumerate() {
            self.set(*pane, next(if place == 0 { rows - others } else { wanted(pane) }));
        }
    }

    fn place_list(&mut self, column: Rect, focus: Pane) {
        let is_framed = column.height >= 3 && column.width >= 3;
        let inner = if is_framed { within(column, 1, 1) } else { column };
        self.left = is_framed.then_some(column);
        self.set(focus, Share { outer: column, inner });
    }

    fn set(&mut self, list: Pane, share: Share) {
        match list {
            Pane::Groups => self.groups = Some(share),
            Pane::Inbox => self.inbox = Some(share),
            Pane::Users | Pane::Chat => self.users = Some(share),
        }
    }

    fn place_chat(&mut self, area: Rect, wishes: Wishes<'_>) {
        if area.height < 4 || area.width < 3 {
            self.place_bare(area, wishes);
            return;
        }
        self.right = Some(area);
        self.tabs = Some(within(row(area, 0), 1, 0));
        let margin = u16::from(area.width >= MARGIN_FROM);
        let inner = within(area, 1, 1);
        let inner = Rect { x: inner.x + margin, width: inner.width - 2 * margin, ..inner };
        // A message, the border, and a line to write in.
        if wishes.composer == 0 || inner.height < 3 {
            self.place_bare(inner, wishes);
            return;
        }
        let lines = wishes.composer.min(COMPOSER_LIMIT).min(inner.height / 3).max(1);
        let messages = inner.height - lines - 1;
        self.messages = Some(Rect { height: messages, ..inner });
        self.divider = Some(row(Rect { x: area.x, width: area.width, ..inner }, messages));
        self.composer = Some(below(inner, messages + 1));
    }

    /// Without borders: the composer has the last row, the messages what is above it.
    fn place_bare(&mut self, area: Rect, wishes: Wishes<'_>) {
        let lines = wishes.composer.min(1);
        let messages = area.height.saturating_sub(lines);
        self.composer = (lines > 0).then(|| below(area, messages));
        self.messages = (messages > 0).then_some(Rect { height: messages, ..area });
    }
}

/// A box of at most this size in the middle of `area`.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// One row of `area`, counted from its top.
pub fn row(area: Rect, place: u16) -> Rect {
    Rect { y: area.y + place, height: 1, ..area }.intersection(area)
}

/// `area` without its first `rows`.
pub fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

/// What lies within a border at the left and right, at the top, and where `bottom` is 1 at the bottom.
fn within(area: Rect, top_and_sides: u16, bottom: u16) -> Rect {
    let is_line = area.height == 1;
    let top = if is_line { 0 } else { top_and_sides };
    Rect {
        x: area.x + top_and_sides.min(area.width),
        y: area.y + top.min(area.height),
        width: area.width.saturating_sub(2 * top_and_sides),
        height: area.height.saturating_sub(top + bottom),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const USUAL: Arrangement = Arrangement { lists_at_right: false, width: 28, hidden: Vec::new() };
    const WISHES: Wishes<'static> = Wishes { arrangement: &USUAL, focus: Pane::Chat, groups: 2, inbox: 3, composer: 1 };

    fn split(width: u16, height: u16, focus: Pane) -> Areas {
        Areas::split(Rect::new(0, 0, width, height), Wishes { focus, ..WISHES })
    }

    #[test]
    fn a_wide_screen_shows_everything() {
        let areas = split(80, 24, Pane::Chat);
        assert_eq!(areas.left, Some(Rect::new(0, 1, 28, 22)));
        assert_eq!(areas.right, Some(Rect::new(28, 1, 52, 22)));
        let rows = [areas.users, areas.groups, areas.inbox].map(|pane| pane.unwrap().inner.height);
        assert_eq!(rows, [13, 2, 3]);
        assert_eq!(areas.composer, Some(Rect::new(30, 21, 48, 1)));
        assert_eq!(areas.hints, Some(Rect::new(0, 23, 80, 1)));
    }

    #[test]
    fn a_full_inbox_takes_at_most_a_third() {
        let areas = Areas::split(Rect::new(0, 0, 80, 24), Wishes { inbox: 100, ..WISHES });
        assert_eq!(areas.inbox.unwrap().inner.height, 6);
    }

    #[test]
    fn a_narrower_screen_folds_the_left_column_to_the_pane_in_focus() {
        let areas = split(79, 24, Pane::Inbox);
        assert!(areas.users.is_none() && areas.groups.is_none() && areas.inbox.is_some());
        assert_eq!(areas.right.unwrap().width, 55);
        assert_eq!(split(79, 24, Pane::Chat).right.unwrap().width, 79);
    }

    #[test]
    fn a_narrow_screen_shows_one_pane() {
        assert!(split(59, 24, Pane::Users).right.is_none());
        assert!(split(59, 24, Pane::Chat).left.is_none());
    }

    #[test]
    fn the_composer_grows_and_leaves_room_for_messages() {
        let height = |composer, screen| {
            let areas = Areas::split(Rect::new(0, 0, 80, screen), Wishes { composer, ..WISHES });
            areas.composer.map(|area| area.height)
        };
        assert_eq!([height(1, 24), height(4, 24), height(40, 24)], [Some(1), Some(4), Some(6)]);
        assert_eq!([height(4, 10), height(0, 24)], [Some(2), None]);
    }

    #[test]
    fn lists_stand_where_they_are_wanted_and_only_those() {
        let panes = |hidden: &[Pane], focus| {
            let arrangement = Arrangement { lists_at_right: true, width: 40, hidden: hidden.to_vec() };
            Areas::split(Rect::new(0, 0, 100, 24), Wishes { arrangement: &arrangement, focus, ..WISHES })
        };
        let areas = panes(&[Pane::Groups], Pane::Chat);
        assert_eq!((areas.left, areas.right), (Some(Rect::new(60, 1, 40, 22)), Some(Rect::new(0, 1, 60, 22))));
        assert_eq!([areas.users.is_some(), areas.groups.is_some(), areas.inbox.is_some()], [true, false, true]);
        let all = Pane::LISTS;
        assert_eq!(panes(&all, Pane::Chat).right.unwrap().width, 100);
        let areas = panes(&all, Pane::Inbox);
        assert_eq!(areas.inbox.unwrap().inner.height, 20, "what has the focus is shown");
        assert!(areas.users.is_none() && areas.groups.is_none());
    }

    proptest! {
        #[test]
        fn nothing_overlaps_or_sticks_out(
            size in (0_u16..140, 0_u16..60),
            focus in prop::sample::select(vec![Pane::Users, Pane::Groups, Pane::Inbox, Pane::Chat]),
            rows in (0_u16..50, 0_u16..50, 0_u16..50),
            arrangement in (any::<bool>(), 16_u16..=60, any::<[bool; 3]>()),
        ) {
            let (lists_at_right, width, hides) = arrangement;
            let lists = Pane::LISTS.into_iter().zip(hides);
            let hidden = lists.filter(|(_, hides)| *hides).map(|(list, _)| list).collect();
            let arrangement = &Arrangement { lists_at_right, width, hidden };
            let screen = Rect::new(3, 2, size.0, size.1);
            let (groups, inbox, composer) = rows;
            let areas = Areas::split(screen, Wishes { arrangement, focus, groups, inbox, composer });
            let panes = [areas.users, areas.groups, areas.inbox];
            let rects: Vec<Rect> = panes.iter().flatten().map(|pane| pane.inner)
                .chain([areas.header, areas.tabs, areas.messages, areas.divider, areas.composer, areas.hints].into_iter().flatten())
                .collect();
            for (place, rect) in rects.iter().enumerate() {
                prop_assert_eq!(rect.intersection(screen), *rect, "sticks out");
                for other in &rects[place + 1..] {
                    prop_assert!(rect.intersection(*other).is_empty(), "{:?} overlaps {:?}", rect, other);
                }
            }
        }
    }
}
