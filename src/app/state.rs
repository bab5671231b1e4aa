//! The parts of the model, one file each. A part changes only itself. It reads other parts as arguments, and returns
//! the effects that the runtime must carry out.

pub mod attention;
pub mod chats;
pub mod composer;
pub mod connection;
pub mod groups;
pub mod inbox;
pub mod journal;
pub mod layout;
pub mod letters;
pub mod log;
pub mod login;
pub mod lookalikes;
pub mod notices;
pub mod notifications;
pub mod outbox;
pub mod panes;
pub mod question;
pub mod reported;
pub mod scripts;
pub mod scroll;
pub mod search;
pub mod selection;
pub mod setup;
pub mod users;

pub use self::{
    attention::Attention,
    chats::{Chats, ComposeTarget, Tab, UnreadMarker, Window},
    composer::Composer,
    connection::Connection,
    groups::Groups,
    inbox::{Inbox, InboxView},
    journal::{JournalEntry, LineModeList, NoticeLabel},
    layout::{ChatLayout, Layout, Link, ListLayout},
    letters::Letters,
    log::{Level, LogEntry},
    login::{Login, LoginRefusal},
    lookalikes::Lookalikes,
    notices::{About, NoticeBoard, PinnedQuestion, Priority, Settling, ShownNotice},
    notifications::Notifications,
    panes::{Pane, View},
    question::{ExitKind, Question},
    reported::Reported,
    scripts::{Scripts, Waiting},
    scroll::Scroll,
    search::{Search, SearchChange},
    selection::{ListPane, Selection},
    users::Users,
};
