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
pub const WIDE: u16 = 80;
/// The width from which two panes are shown side by side.
const MEDIUM: u16 = 60;
/// The width of the lists if only one of them is shown.
const LISTS_MEDIUM: u16 = 24;
/// The width from which the members of a group are shown beside its messages.
const MEMBERS_FROM: u16 = 110;
/// The width from which two chats fit side by side, and the height.
const SPLIT_FROM: (u16, u16) = (90, 6);
/// The width of the members, with the rule beside them.
const MEMBERS_WIDTH: u16 = 20;
/// The width from which messages have a margin of one column. Beside a rule they always have it.
const MARGIN_FROM: u16 = 44;
/// The height of the panes from which a row below them is kept free for a notice.
const NOTICE_FROM: u16 = 10;
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
    /// The chat beside the active one, if there is to be one.
    pub beside: Option<BesideHints>,
    /// Whether the active chat is a group whose members can be shown.
    pub has_members: bool,
}

/// What the chat beside the active one needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BesideHints {
    /// Whether it is at the left.
    pub is_left: bool,
    /// Lines of text in its composer.
    pub composer: u16,
}

/// The rectangles of a chat: all of the pane, or the half of it if another chat is beside it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Half {
    /// All of it.
    pub area: Rect,
    /// The row of its title, or of the tabs.
    pub title: Rect,
    /// The messages.
    pub messages: Rect,
    /// The rule between the messages and the composer.
    pub divider: Rect,
    /// The composer's lines.
    pub composer: Rect,
}

/// The rectangle of a list pane, with and without its title.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PaneRect {
    /// With the row of the title. Equal to `inner` if there is no room for one.
    pub outer: Rect,
    /// Without the title.
    pub inner: Rect,
}

/// The regions of the screen; `None` means not shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Regions {
    /// The line at the top.
    pub header: Option<Rect>,
    /// The vertical rule between the lists and the chat.
    pub lists_rule: Option<Rect>,
    /// The users.
    pub users: Option<PaneRect>,
    /// The groups.
    pub groups: Option<PaneRect>,
    /// The inbox.
    pub inbox: Option<PaneRect>,
    /// The line of tabs.
    pub tabs: Option<Rect>,
    /// Whether there is room for two chats side by side.
    pub can_split: bool,
    /// The title of the active chat, if another one is beside it.
    pub title: Option<Rect>,
    /// The chat beside the active one.
    pub beside: Option<Half>,
    /// The vertical rule between the two chats.
    pub beside_rule: Option<Rect>,
    /// The messages.
    pub messages: Option<Rect>,
    /// The rule between the messages and the composer.
    pub divider: Option<Rect>,
    /// The composer's lines.
    pub composer: Option<Rect>,
    /// The lines of the notice, above the hints.
    pub notice: Option<Rect>,
    /// The rows at the lower end of the messages that the notice takes beyond its own.
    pub taken: u16,
    /// The vertical rule between the chat and the members.
    pub members_rule: Option<Rect>,
    /// The members of the group in front.
    pub members: Option<PaneRect>,
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
        let is_right = size_hints.ui.side == ListSide::Right;
        let (lists, chat) = halves(body, lists_width, is_right);
        let lists = if chat.is_empty() || lists.is_empty() {
            lists
        } else {
            let (rule, lists) = halves(lists, 1, !is_right);
            regions.lists_rule = Some(rule);
            lists
        };
        if area.width >= WIDE && lists_width > 0 {
            regions.place_column(lists, size_hints);
        } else if is_list {
            regions.place_list(lists, size_hints.focus);
        }
        if chat.width > 0 {
            regions.can_split = chat.width >= SPLIT_FROM.0 && chat.height >= SPLIT_FROM.1;
            let is_split = regions.can_split && size_hints.beside.is_some();
            let chat = if area.width >= MEMBERS_FROM && size_hints.has_members && !is_split {
                regions.place_members(chat, !is_right)
            } else {
                chat
            };
            regions.place_chat(chat, size_hints);
        }
        regions
    }

    /// Places the notice at the lower end of `body`. Returns the rows that it takes: on a high screen at least one, so
    /// that a notice of one line moves nothing.
    fn place_notice(&mut self, body: Rect, lines: u16) -> u16 {
        let reserved = u16::from(body.height >= NOTICE_FROM);
        let lines = lines.min(body.height.saturating_sub(1));
        if lines > 0 {
            self.taken = lines - reserved;
            self.notice = Some(below(body, body.height - lines));
        }
        lines.max(reserved)
    }

    /// Places the visible lists one above the other. If there is no room for all of them, places only one.
    fn place_column(&mut self, column: Rect, size_hints: SizeHints<'_>) {
        let shown: Vec<Pane> = Pane::LISTS.into_iter().filter(|pane| size_hints.shows(*pane)).collect();
        let count = u16::try_from(shown.len()).unwrap_or(0);
        // Each list needs a row below its title.
        let Some(rows) = column.height.checked_sub(count).filter(|rows| *rows >= count) else {
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
        let mut left = column;
        for (index, pane) in shown.iter().enumerate() {
            let height = 1 + if index == 0 { rows - others } else { wanted(pane) };
            self.set(*pane, PaneRect::titled(Rect { height, ..left }));
            left = below(left, height);
        }
    }

    /// Places the list `focus` alone, without a title if there is no room for one.
    fn place_list(&mut self, column: Rect, focus: Pane) {
        let is_titled = column.height >= 2;
        self.set(focus, if is_titled { PaneRect::titled(column) } else { PaneRect { outer: column, inner: column } });
    }

    fn set(&mut self, list: Pane, rect: PaneRect) {
        match list {
            Pane::Groups => self.groups = Some(rect),
            Pane::Inbox => self.inbox = Some(rect),
            Pane::Users | Pane::Chat => self.users = Some(rect),
        }
    }

    /// Places the members at one side of the chat. Returns the area that is left.
    fn place_members(&mut self, chat: Rect, is_right: bool) -> Rect {
        let (column, chat) = halves(chat, MEMBERS_WIDTH, is_right);
        let (rule, column) = halves(column, 1, !is_right);
        (self.members_rule, self.members) = (Some(rule), Some(PaneRect::titled(column)));
        chat
    }

    fn place_chat(&mut self, area: Rect, size_hints: SizeHints<'_>) {
        if let Some(beside) = size_hints.beside.filter(|_| self.can_split) {
            self.tabs = Some(row(area, 0));
            let (half, rest) = halves(below(area, 1), (area.width - 1) / 2, !beside.is_left);
            let (rule, active) = halves(rest, 1, !beside.is_left);
            self.beside = Some(Half::new(half, 1, beside.composer));
            self.beside_rule = Some(rule);
            self.title = Some(self.place_active(Half::new(active, 1, size_hints.composer)));
            return;
        }
        let is_beside_rule = self.lists_rule.is_some() || self.members_rule.is_some();
        let margin = u16::from(area.width >= MARGIN_FROM || is_beside_rule && area.width > 2);
        let inner = inside(area, margin);
        // Tabs, a row of messages, the rule above the composer, and a row for the composer.
        if area.height < 4 {
            self.place_bare(inner, size_hints);
        } else if size_hints.composer == 0 {
            self.tabs = Some(row(area, 0));
            self.place_bare(below(inner, 1), size_hints);
        } else {
            self.tabs = Some(self.place_active(Half::new(area, margin, size_hints.composer)));
        }
    }

    /// Places the active chat, except for its first row, which it returns.
    fn place_active(&mut self, half: Half) -> Rect {
        (self.messages, self.divider, self.composer) = (Some(half.messages), Some(half.divider), Some(half.composer));
        half.title
    }

    /// Places messages and composer without tabs and rules. The composer has the last row, the messages have the rows
    /// above.
    fn place_bare(&mut self, area: Rect, size_hints: SizeHints<'_>) {
        let lines = size_hints.composer.min(1);
        let messages = area.height.saturating_sub(lines);
        self.composer = (lines > 0).then(|| below(area, messages));
        self.messages = (messages > 0).then_some(Rect { height: messages, ..area });
    }
}

impl Half {
    /// Splits `area`, which has room for a row of each. Messages and composer have a margin; the composer has `lines`
    /// lines of text.
    fn new(area: Rect, margin: u16, lines: u16) -> Self {
        let inner = below(inside(area, margin), 1);
        let lines = lines.min(COMPOSER_LIMIT).min(inner.height / 3).max(1);
        let messages = inner.height - lines - 1;
        Self {
            area,
            title: row(area, 0),
            messages: Rect { height: messages, ..inner },
            divider: row(below(area, 1), messages),
            composer: below(inner, messages + 1),
        }
    }
}

impl PaneRect {
    /// A pane whose title is in the first row.
    fn titled(outer: Rect) -> Self {
        Self { outer, inner: below(outer, 1) }
    }
}

/// `area` without `margin` columns at the left and at the right.
fn inside(area: Rect, margin: u16) -> Rect {
    Rect { x: area.x + margin, width: area.width.saturating_sub(2 * margin), ..area }
}

/// Splits `area` into a part of `width` columns, at the right or at the left, and the rest.
fn halves(area: Rect, width: u16, is_right: bool) -> (Rect, Rect) {
    let width = width.min(area.width);
    let rest = area.width - width;
    let (part_x, rest_x) = if is_right { (area.x + rest, area.x) } else { (area.x, area.x + width) };
    (Rect { x: part_x, width, ..area }, Rect { x: rest_x, width: rest, ..area })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ListName;

    fn hints(ui: &UiSettings) -> SizeHints<'_> {
        SizeHints {
            ui,
            focus: Pane::Chat,
            groups: 2,
            inbox: 3,
            composer: 1,
            notice: 0,
            beside: None,
            has_members: false,
        }
    }

    fn split(width: u16, height: u16, focus: Pane) -> Regions {
        Regions::split(Rect::new(0, 0, width, height), SizeHints { focus, ..hints(&UiSettings::default()) })
    }

    #[test]
    fn a_wide_screen_shows_everything() {
        let regions = split(80, 24, Pane::Chat);
        assert_eq!(regions.lists_rule, Some(Rect::new(27, 1, 1, 21)));
        assert_eq!(regions.tabs, Some(Rect::new(28, 1, 52, 1)));
        let rows = [regions.users, regions.groups, regions.inbox].map(|pane| pane.unwrap().inner.height);
        assert_eq!(rows, [13, 2, 3]);
        assert_eq!(regions.composer, Some(Rect::new(29, 21, 50, 1)));
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
        assert_eq!(regions.tabs.unwrap().width, 55);
        assert_eq!(split(79, 24, Pane::Chat).tabs.unwrap().width, 79);
    }

    #[test]
    fn a_narrow_screen_shows_one_pane() {
        let regions = split(59, 24, Pane::Users);
        assert!(regions.messages.is_none() && regions.lists_rule.is_none());
        let regions = split(59, 24, Pane::Chat);
        assert!(regions.users.is_none() && regions.lists_rule.is_none());
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
        assert_eq!((regions.lists_rule, regions.tabs), (Some(Rect::new(60, 1, 1, 21)), Some(Rect::new(0, 1, 60, 1))));
        assert_eq!(regions.users.unwrap().outer.x, 61);
        assert_eq!([regions.users.is_some(), regions.groups.is_some(), regions.inbox.is_some()], [true, false, true]);
        let all = ListName::ALL;
        assert_eq!(panes(&all, Pane::Chat).tabs.unwrap().width, 100);
        let regions = panes(&all, Pane::Inbox);
        assert_eq!(regions.inbox.unwrap().inner.height, 20, "the focused list is shown even if it is hidden");
        assert!(regions.users.is_none() && regions.groups.is_none());
    }

    #[test]
    fn members_are_beside_the_chat_of_a_wide_screen() {
        let regions = |width, side, has_members| {
            let ui = UiSettings { side, ..UiSettings::default() };
            Regions::split(Rect::new(0, 0, width, 24), SizeHints { has_members, ..hints(&ui) })
        };
        let wide = regions(110, ListSide::Left, true);
        assert_eq!((wide.members_rule.unwrap().x, wide.members.unwrap().outer.right()), (90, 110));
        assert_eq!(wide.tabs, Some(Rect::new(28, 1, 62, 1)));
        assert_eq!(regions(110, ListSide::Right, true).members.unwrap().outer.x, 0, "at the far side from the lists");
        assert!(regions(109, ListSide::Left, true).members.is_none());
        assert!(regions(110, ListSide::Left, false).members.is_none());
    }

    #[test]
    fn two_chats_share_a_wide_screen() {
        let regions = |width, is_left| {
            let ui = UiSettings::default();
            let beside = Some(BesideHints { is_left, composer: 2 });
            Regions::split(Rect::new(0, 0, width, 24), SizeHints { beside, has_members: true, ..hints(&ui) })
        };
        let split = regions(120, false);
        let beside = split.beside.unwrap();
        assert_eq!((split.title, split.beside_rule.unwrap().x), (Some(Rect::new(28, 2, 46, 1)), 74));
        assert_eq!((beside.area.x, beside.area.right(), beside.composer.height), (75, 120, 2));
        assert_eq!(split.tabs, Some(Rect::new(28, 1, 92, 1)));
        assert!(split.members.is_none(), "there is no room for the members as well");
        assert_eq!(regions(120, true).beside.unwrap().area.x, 28);
        let narrow = regions(117, false);
        assert!(narrow.beside.is_none() && narrow.title.is_none() && !narrow.can_split && narrow.messages.is_some());
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
            beside in prop::option::of((any::<bool>(), 0_u16..50)),
            has_members in any::<bool>(),
        ) {
            let hide = ListName::ALL.into_iter().zip(hides).filter(|(_, hides)| *hides).map(|(list, _)| list).collect();
            let side = if is_right { ListSide::Right } else { ListSide::Left };
            let ui = &UiSettings { side, width, hide, ..UiSettings::default() };
            let screen = Rect::new(3, 2, size.0, size.1);
            let (groups, inbox, composer, notice) = rows;
            let beside = beside.map(|(is_left, composer)| BesideHints { is_left, composer });
            let size_hints = SizeHints { ui, focus, groups, inbox, composer, notice, beside, has_members };
            let regions = Regions::split(screen, size_hints);
            let panes = [regions.users, regions.groups, regions.inbox, regions.members];
            let others = [
                regions.header, regions.lists_rule, regions.tabs, regions.messages, regions.divider, regions.composer,
                regions.members_rule, regions.notice, regions.hints, regions.title, regions.beside_rule,
                regions.beside.map(|half| half.title), regions.beside.map(|half| half.messages),
                regions.beside.map(|half| half.divider), regions.beside.map(|half| half.composer),
            ];
            let rects: Vec<Rect> =
                panes.iter().flatten().map(|pane| pane.outer).chain(others.into_iter().flatten()).collect();
            for (index, rect) in rects.iter().enumerate() {
                prop_assert_eq!(rect.intersection(screen), *rect, "exceeds the screen");
                for other in &rects[index + 1..] {
                    prop_assert!(rect.intersection(*other).is_empty(), "{:?} overlaps {:?}", rect, other);
                }
            }
        }
    }
}
