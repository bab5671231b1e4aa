//! The groups: name, leader, other members, and for outsiders how to join.

use super::{row::Row, screen::Screen, text, theme::Role};
use crate::{
    app::{Action, Context, Pane, localized},
    domain::{ConversationId, Direction, Group, GroupName, GroupStanding, Presence, RequestKind, UserId},
};

/// The widest name, in columns, that is aligned with the others.
const NAME_LIMIT: usize = 10;
/// The rows for the members of a group that is not selected.
const MEMBER_ROWS: usize = 3;
/// The indentation of the members below a long name.
const INDENT: usize = 3;

/// The text of an empty pane: how to get the first entry.
pub fn empty(screen: Screen<'_>) -> String {
    screen.translate(localized!("groups-empty", key = screen.key(Context::Groups, Action::NewGroup)))
}

/// `Groups`. If papo does not follow all groups, `Groups as of 11:42`, where that fits into `columns`.
pub fn title(screen: Screen<'_>, columns: u16) -> Row {
    let title = screen.title(Pane::Groups, "groups-title");
    let Some(at) = screen.peer.directory_as_of() else { return title };
    let time = screen.translate(localized!("list-as-of", time = screen.clock.time(at)));
    let dated = title.clone().with(format!("{time} "), screen.style(Role::Dim));
    if dated.fits(columns) { dated } else { title }
}

/// Lays out groups as rows.
pub struct Rows<'s> {
    screen: Screen<'s>,
    columns: usize,
    /// The width of the column of names, which all groups share.
    name_width: usize,
    /// The group that keys act on.
    selected: Option<GroupName>,
}

impl<'s> Rows<'s> {
    /// For a pane of this width.
    pub fn new(screen: Screen<'s>, columns: u16) -> Self {
        let names = screen.peer.groups().keys();
        let name_width =
            names.map(|name| text::width(name.as_str())).filter(|width| *width <= NAME_LIMIT).max().unwrap_or(0);
        let has_focus = screen.model.focus == Pane::Groups;
        let selected = screen.model.groups.selected(screen.peer).filter(|_| has_focus);
        Self { screen, columns: usize::from(columns), name_width, selected }
    }

    /// `#devs  ★alice bob carol`, and for an outsider `(ask to join)` in the last row if there is room. Members that do
    /// not fit follow in further rows: all of them if the group is selected, else a few, with the number of those
    /// missing.
    pub fn of(&self, group: &Group) -> Vec<Row> {
        let Self { screen, columns, name_width, ref selected } = *self;
        let is_selected = selected.as_ref() == Some(&group.name);
        let mut rows = name(screen, group, columns);
        let mut row = rows.pop().expect("a name has a row");
        let indent = name_width + 3;
        // The members begin in the row below a long name.
        let indent = if rows.is_empty() && row.left_width() < indent.max(columns / 2) {
            row.push(" ".repeat(indent.saturating_sub(row.left_width()).max(1)), screen.style(Role::Text));
            row.left_width()
        } else {
            rows.push(std::mem::replace(&mut row, Row::indented(INDENT)));
            INDENT
        };
        let names = rows.len();
        let room = columns.saturating_sub(indent).max(1);
        let (mut used, count) = (0, 1 + group.members.len());
        'members: for at in 0..count {
            let (words, role) = member(screen, group, at);
            let is_last_row = !is_selected && rows.len() + 1 == names + MEMBER_ROWS;
            let more = format!(" +{}", count - at);
            // The last row reserves columns for the number of members that do not fit.
            let reserved = if is_last_row && at + 1 < count { more.len() } else { 0 };
            for part in text::wrap_anywhere(&words, room) {
                let gap = usize::from(used > 0);
                if used > 0 && used + gap + text::width(&part) + reserved > room {
                    if is_last_row {
                        row.push(more, screen.style(Role::Hint));
                        break 'members;
                    }
                    rows.push(std::mem::replace(&mut row, Row::indented(indent)));
                } else {
                    row.push(" ".repeat(gap), screen.style(Role::Dim));
                }
                row.push(part, screen.style(role));
                used = row.left_width() - indent;
            }
        }
        rows.push(row);
        if let (Some(words), Some(last)) = (join_hint(screen, group), rows.last_mut()) {
            last.push_right(words, screen.style(Role::Hint)).right_yields();
        }
        rows
    }
}

/// `#devs 2`: the name and the number of unread messages, wrapped if it is long.
fn name(screen: Screen<'_>, group: &Group, columns: usize) -> Vec<Row> {
    let parts = text::wrap_anywhere(&format!("#{}", group.name), columns.saturating_sub(1).max(1));
    let row = |part| Row::indented(1).with(part, screen.style(Role::Text));
    let mut rows: Vec<Row> = parts.into_iter().map(row).collect();
    let id = ConversationId::Group(group.name.clone());
    let unread = screen.peer.conversations().get(&id).map_or(0, |conversation| conversation.unread);
    if let Some(last) = rows.last_mut().filter(|_| unread > 0) {
        last.push(format!(" {unread}"), screen.style(Role::Unread));
    }
    rows
}

/// The name at this position of the list of members, which starts with the leader.
fn member(screen: Screen<'_>, group: &Group, at: usize) -> (String, Role) {
    match (at.checked_sub(1), &group.leader) {
        (Some(at), _) => (group.members[at].to_string(), Role::Dim),
        (None, Some(leader)) => (format!("★{leader}"), Role::Leader),
        (None, None) => (screen.translate("group-no-leader"), Role::Dim),
    }
}

/// Tells an outsider how to ask to join, or that they have asked. `None` for members.
fn join_hint(screen: Screen<'_>, group: &Group) -> Option<String> {
    (group.standing(screen.peer.me()) == GroupStanding::Outsider).then(|| match &group.leader {
        _ if !is_asked(screen, group) => screen.translate("group-ask"),
        // The leader can answer only when they are online again.
        Some(leader) if is_away(screen, leader) => screen.translate("group-asked-away"),
        _ => screen.translate("group-asked"),
    })
}

/// Whether the user is offline. A plain client of unknown presence may be online: it need not publish its presence.
fn is_away(screen: Screen<'_>, user: &UserId) -> bool {
    let known = screen.peer.users().get(user);
    known.is_some_and(|user| user.presence == Presence::Offline || user.is_papo && !user.is_online())
}

fn is_asked(screen: Screen<'_>, group: &Group) -> bool {
    screen.peer.requests().any(|request| {
        request.is_pending()
            && request.direction == Direction::Outgoing
            && matches!(&request.kind, RequestKind::Join(name) if *name == group.name)
    })
}
