//! Splits the screen into panes.
//!
//! Pure arithmetic on a size and the [`SizeHints`] of the panes. Every rectangle lies within the given area, whatever
//! its size, and none overlap. Below 80 columns the column of lists shows only the focused list, and only while it has
//! the focus; below 60 columns there is one pane at a time.

use ratatui::layout::Rect;

use crate::{
    app::Pane,
    domain::{ListSide, UiSettings},
};

/// The width from which all panes are shown.
const WIDE: u16 = 80;
/// The width from which two panes are shown side by side.
const MEDIUM: u16 = 60;
/// The width of the lists if only one of them is shown.
const LISTS_MEDIUM: u16 = 24;
/// The width from which messages have a margin of one column.
const MARGIN_FROM: u16 = 44;
/// The maximum height of the composer.
const COMPOSER_LIMIT: u16 = 6;

/// The sizes that panes need, and the settings of the user.
#[derive(Debug, Clone, Copy)]
pub struct SizeHints<'a> {
    /// The side, width and visibility of the lists.
    pub ui: &'a UiSettings,
    /// The focused pane.
    pub focus: Pane,
    /// Rows of content in the groups pane.
    pub groups: u16,
    /// Rows of content in the inbox pane.
    pub inbox: u16,
    /// Lines of text in the composer; 0 hides it.
    pub composer: u16,
    /// Lines of the notice; 0 without one.
    pub notice: u16,
}

/// The rectangle of a pane, with and without its frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PaneRect {
    /// With the border; the border between two panes belongs to the lower one.
    pub outer: Rect,
    /// Without the border.
    pub inner: Rect,
}

/// The regions of the screen; `None` means not shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Regions {
    /// The line at the top.
    pub header: Option<Rect>,
    /// The frame around the lists.
    pub lists: Option<Rect>,
    /// The users.
    pub users: Option<PaneRect>,
    /// The groups.
    pub groups: Option<PaneRect>,
    /// The inbox.
    pub inbox: Option<PaneRect>,
    /// The frame around tabs, messages and composer.
    pub chat: Option<Rect>,
    /// The line of tabs, within the frame's upper border.
    pub tabs: Option<Rect>,
    /// The messages.
    pub messages: Option<Rect>,
    /// The border between the messages and the composer.
    pub divider: Option<Rect>,
    /// The composer's lines.
    pub composer: Option<Rect>,
    /// The lines of the notice, above the hints. The first one lies on the lower border of the panes, so that a notice of
    /// one line moves nothing.
    pub notice: Option<Rect>,
    /// The rows at the lower end of the messages that the notice takes beyond that border.
    pub taken: u16,
    /// The line at the bottom.
    pub hints: Option<Rect>,
}

impl SizeHints<'_> {
    fn shows(&self, pane: Pane) -> bool {
        self.focus == pane || !pane.is_in(&self.ui.hide)
    }
}

impl Regions {
    /// Splits `area`.
    pub fn split(area: Rect, size_hints: SizeHints<'_>) -> Self {
        let mut regions = Self::default();
        let mut body = area;
        if area.is_empty() {
            return regions;
        }
        if body.height >= 5 {
            regions.header = Some(row(body, 0));
            body = below(body, 1);
        }
        if body.height >= 4 {
            regions.hints = Some(row(body, body.height - 1));
            body.height -= 1;
            body.height -= regions.place_notice(body, size_hints.notice);
        }
        let is_list = matches!(size_hints.focus, Pane::Users | Pane::Groups | Pane::Inbox);
        let lists_width = match area.width {
            WIDE.. if Pane::LISTS.into_iter().any(|pane| size_hints.shows(pane)) => {
                size_hints.ui.width.min(area.width / 2)
            }
            MEDIUM..WIDE if is_list => LISTS_MEDIUM,
            ..MEDIUM if is_list => area.width,
            _ => 0,
        };
        let chat_width = body.width - lists_width;
        let [lists_x, chat_x] = if size_hints.ui.side == ListSide::Right {
            [body.x + chat_width, body.x]
        } else {
            [body.x, body.x + lists_width]
        };
        let lists = Rect { x: lists_x, width: lists_width, ..body };
        let chat = Rect { x: chat_x, width: chat_width, ..body };
        if area.width >= WIDE && lists_width > 0 {
            regions.place_column(lists, size_hints);
        } else if is_list {
            regions.place_list(lists, size_hints.focus);
        }
        if chat.width > 0 {
            regions.place_chat(chat, size_hints);
        }
        regions
    }

    /// Places the notice at the lower end of `body`. Returns the rows that it takes from the panes.
    fn place_notice(&mut self, body: Rect, lines: u16) -> u16 {
        let on_border = u16::from(body.height >= 5 && body.width >= 3);
        let lines = lines.min(body.height.saturating_sub(1));
        if lines > 0 {
            self.taken = lines - on_border;
            self.notice = Some(below(body, body.height - lines));
        }
        self.taken
    }

    /// Places the visible lists in one frame. If there is no room for all of them, places only one.
    fn place_column(&mut self, column: Rect, size_hints: SizeHints<'_>) {
        let shown: Vec<Pane> = Pane::LISTS.into_iter().filter(|pane| size_hints.shows(*pane)).collect();
        let count = u16::try_from(shown.len()).unwrap_or(0);
        // Each list needs a row and the border above it. The last one also needs a border below it.
        let Some(rows) = column.height.checked_sub(count + 1).filter(|rows| *rows >= count) else {
            let first = shown.first().copied().unwrap_or_default();
            self.place_list(column, if shown.contains(&size_hints.focus) { size_hints.focus } else { first });
            return;
        };
        // The users get the rest; groups and inbox get at most a third each, or a half if the users are hidden.
        let limit = (rows / if size_hints.shows(Pane::Users) { 3 } else { 2 }).max(1);
        let wanted = |pane: &Pane| match pane {
            Pane::Groups => size_hints.groups.max(2).min(limit),
            _ => size_hints.inbox.max(3).min(limit),
        };
        let others: u16 = shown.iter().skip(1).map(wanted).sum();
        self.lists = Some(column);
        let mut top = 0;
        let mut next = |height: u16| {
            let outer = Rect { y: column.y + top, height: height + 1, ..column };
            top += height + 1;
            PaneRect { outer, inner: within(outer, 1, 0) }
        };
        for (index, pane) in shown.iter().enumerate() {
            self.set(*pane, next(if index == 0 { rows - others } else { wanted(pane) }));
        }
    }

    /// Places the list `focus` alone, without a frame if there is no room for one.
    fn place_list(&mut self, column: Rect, focus: Pane) {
        let is_framed = column.height >= 3 && column.width >= 3;
        let inner = if is_framed { within(column, 1, 1) } else { column };
        self.lists = is_framed.then_some(column);
        self.set(focus, PaneRect { outer: column, inner });
    }

    fn set(&mut self, list: Pane, rect: PaneRect) {
        match list {
            Pane::Groups => self.groups = Some(rect),
            Pane::Inbox => self.inbox = Some(rect),
            Pane::Users | Pane::Chat => self.users = Some(rect),
        }
    }

    fn place_chat(&mut self, area: Rect, size_hints: SizeHints<'_>) {
        if area.height < 4 || area.width < 3 {
            self.place_bare(area, size_hints);
            return;
        }
        self.chat = Some(area);
        self.tabs = Some(within(row(area, 0), 1, 0));
        let margin = u16::from(area.width >= MARGIN_FROM);
        let inner = within(area, 1, 1);
        let inner = Rect { x: inner.x + margin, width: inner.width - 2 * margin, ..inner };
        // The composer needs room for a row of messages, the border, and a row of its own.
        if size_hints.composer == 0 || inner.height < 3 {
            self.place_bare(inner, size_hints);
            return;
        }
        let lines = size_hints.composer.min(COMPOSER_LIMIT).min(inner.height / 3).max(1);
        let messages = inner.height - lines - 1;
        self.messages = Some(Rect { height: messages, ..inner });
        self.divider = Some(row(Rect { x: area.x, width: area.width, ..inner }, messages));
        self.composer = Some(below(inner, messages + 1));
    }

    /// Places messages and composer without borders. The composer has the last row, the messages have the rows above.
    fn place_bare(&mut self, area: Rect, size_hints: SizeHints<'_>) {
        let lines = size_hints.composer.min(1);
        let messages = area.height.saturating_sub(lines);
        self.composer = (lines > 0).then(|| below(area, messages));
        self.messages = (messages > 0).then_some(Rect { height: messages, ..area });
    }
}

/// Converts a length to screen cells. A length that is too large becomes [`u16::MAX`].
pub fn cells(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// A box of at most this size in the middle of `area`.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// The row `index` of `area`, counted from 0 at the top. Empty if there is no such row.
pub fn row(area: Rect, index: u16) -> Rect {
    Rect { y: area.y + index, height: 1, ..area }.intersection(area)
}

/// `area` without its first `rows` rows.
pub fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

/// `area` without a border: `top_and_sides` cells at the top, left and right, and `bottom` cells at the bottom. An area
/// of one row has no top border.
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
    use crate::domain::ListName;

    fn hints(ui: &UiSettings) -> SizeHints<'_> {
        SizeHints { ui, focus: Pane::Chat, groups: 2, inbox: 3, composer: 1, notice: 0 }
    }

    fn split(width: u16, height: u16, focus: Pane) -> Regions {
        Regions::split(Rect::new(0, 0, width, height), SizeHints { focus, ..hints(&UiSettings::default()) })
    }

    #[test]
    fn a_wide_screen_shows_everything() {
        let regions = split(80, 24, Pane::Chat);
        assert_eq!(regions.lists, Some(Rect::new(0, 1, 28, 22)));
        assert_eq!(regions.chat, Some(Rect::new(28, 1, 52, 22)));
        let rows = [regions.users, regions.groups, regions.inbox].map(|pane| pane.unwrap().inner.height);
        assert_eq!(rows, [13, 2, 3]);
        assert_eq!(regions.composer, Some(Rect::new(30, 21, 48, 1)));
        assert_eq!(regions.hints, Some(Rect::new(0, 23, 80, 1)));
    }

    #[test]
    fn a_full_inbox_takes_at_most_a_third() {
        let regions =
            Regions::split(Rect::new(0, 0, 80, 24), SizeHints { inbox: 100, ..hints(&UiSettings::default()) });
        assert_eq!(regions.inbox.unwrap().inner.height, 6);
    }

    #[test]
    fn a_medium_screen_shows_only_the_focused_list() {
        let regions = split(79, 24, Pane::Inbox);
        assert!(regions.users.is_none() && regions.groups.is_none() && regions.inbox.is_some());
        assert_eq!(regions.chat.unwrap().width, 55);
        assert_eq!(split(79, 24, Pane::Chat).chat.unwrap().width, 79);
    }

    #[test]
    fn a_narrow_screen_shows_one_pane() {
        assert!(split(59, 24, Pane::Users).chat.is_none());
        assert!(split(59, 24, Pane::Chat).lists.is_none());
    }

    #[test]
    fn the_composer_grows_and_leaves_room_for_messages() {
        let height = |composer, screen| {
            let ui = UiSettings::default();
            let regions = Regions::split(Rect::new(0, 0, 80, screen), SizeHints { composer, ..hints(&ui) });
            regions.composer.map(|area| area.height)
        };
        assert_eq!([height(1, 24), height(4, 24), height(40, 24)], [Some(1), Some(4), Some(6)]);
        assert_eq!([height(4, 10), height(0, 24)], [Some(2), None]);
    }

    #[test]
    fn lists_follow_the_settings_for_side_and_visibility() {
        let panes = |hide: &[ListName], focus| {
            let ui = UiSettings { side: ListSide::Right, width: 40, hide: hide.to_vec(), ..UiSettings::default() };
            Regions::split(Rect::new(0, 0, 100, 24), SizeHints { focus, ..hints(&ui) })
        };
        let regions = panes(&[ListName::Groups], Pane::Chat);
        assert_eq!((regions.lists, regions.chat), (Some(Rect::new(60, 1, 40, 22)), Some(Rect::new(0, 1, 60, 22))));
        assert_eq!([regions.users.is_some(), regions.groups.is_some(), regions.inbox.is_some()], [true, false, true]);
        let all = ListName::ALL;
        assert_eq!(panes(&all, Pane::Chat).chat.unwrap().width, 100);
        let regions = panes(&all, Pane::Inbox);
        assert_eq!(regions.inbox.unwrap().inner.height, 20, "the focused list is shown even if it is hidden");
        assert!(regions.users.is_none() && regions.groups.is_none());
    }

    proptest! {
        #[test]
        fn regions_do_not_overlap_or_exceed_the_screen(
            size in (0_u16..140, 0_u16..60),
            focus in prop::sample::select(vec![Pane::Users, Pane::Groups, Pane::Inbox, Pane::Chat]),
            rows in (0_u16..50, 0_u16..50, 0_u16..50, 0_u16..3),
            is_right in any::<bool>(),
            width in 16_u16..=60,
            hides in any::<[bool; 3]>(),
        ) {
            let hide = ListName::ALL.into_iter().zip(hides).filter(|(_, hides)| *hides).map(|(list, _)| list).collect();
            let side = if is_right { ListSide::Right } else { ListSide::Left };
            let ui = &UiSettings { side, width, hide, ..UiSettings::default() };
            let screen = Rect::new(3, 2, size.0, size.1);
            let (groups, inbox, composer, notice) = rows;
            let regions = Regions::split(screen, SizeHints { ui, focus, groups, inbox, composer, notice });
            let panes = [regions.users, regions.groups, regions.inbox];
            let rects: Vec<Rect> = panes.iter().flatten().map(|pane| pane.inner)
                .chain([regions.header, regions.tabs, regions.messages, regions.divider, regions.composer, regions.notice, regions.hints].into_iter().flatten())
                .collect();
            for (index, rect) in rects.iter().enumerate() {
                prop_assert_eq!(rect.intersection(screen), *rect, "exceeds the screen");
                for other in &rects[index + 1..] {
                    prop_assert!(rect.intersection(*other).is_empty(), "{:?} overlaps {:?}", rect, other);
                }
            }
        }
    }
}
