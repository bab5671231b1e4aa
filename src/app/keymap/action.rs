//! What a key can do.

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident $name:literal $desc:literal,)*) => {
        /// What a key can do; every one of them works in every context where it makes sense.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each says what it does in `desc`, which the user sees")]
        pub enum Action {
            $($variant,)*
        }

        impl Action {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// How the keymap calls it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it does, in a few words for help and hints.
            pub const fn desc(self) -> &'static str {
                match self {
                    $(Self::$variant => $desc,)*
                }
            }
        }
    };
}

actions! {
    NextPane "next_pane" "next pane",
    PreviousPane "previous_pane" "previous pane",
    FocusUsers "focus_users" "users",
    FocusGroups "focus_groups" "groups",
    FocusInbox "focus_inbox" "inbox",
    FocusChat "focus_chat" "chat",
    NextTab "next_tab" "next talk",
    PreviousTab "previous_tab" "previous talk",
    Tab1 "tab_1" "first talk",
    Tab2 "tab_2" "second talk",
    Tab3 "tab_3" "third talk",
    Tab4 "tab_4" "fourth talk",
    Tab5 "tab_5" "fifth talk",
    Tab6 "tab_6" "sixth talk",
    Tab7 "tab_7" "seventh talk",
    Tab8 "tab_8" "eighth talk",
    Tab9 "tab_9" "ninth talk",
    CloseTab "close_tab" "close tab",
    NextUnread "next_unread" "next unread",
    PageUp "page_up" "page up",
    PageDown "page_down" "page down",
    Oldest "oldest" "oldest message",
    Newest "newest" "newest message",
    Help "help" "help",
    Redraw "redraw" "redraw",
    Suspend "suspend" "suspend",
    Interrupt "interrupt" "clear line, or leave",
    Cancel "cancel" "close, back to newest",
    Quit "quit" "leave papo",
    Up "up" "up",
    Down "down" "down",
    First "first" "first",
    Last "last" "last",
    Open "open" "open",
    TalkTo "talk_to" "talk to an id",
    Request "request" "request",
    Invite "invite" "invite",
    NewGroup "new_group" "new group",
    Join "join" "ask to join",
    Leave "leave" "leave",
    Members "members" "members",
    Disband "disband" "disband",
    Remove "remove" "remove",
    HandOver "hand_over" "hand over the lead",
    Accept "accept" "accept",
    Deny "deny" "deny",
    Waiting "waiting" "waiting",
    History "history" "history",
    Confirmations "confirmations" "confirmations",
    Withdraw "withdraw" "stop asking",
    ToggleLists "toggle_lists" "hide or show the lists",
    Log "log" "what papo said",
    Outbox "outbox" "outbox",
    SendAgain "send_again" "send again",
    Edit "edit" "edit",
    Drop "drop" "drop",
    GoTo "go_to" "go to",
    Talks "talks" "all talks",
    Search "search" "search",
    ChangeScope "change_scope" "this talk or all",
    NextFound "next_found" "next found",
    PreviousFound "previous_found" "previous found",
    Choose "choose" "choose a message",
    Reply "reply" "reply",
    Details "details" "who has it",
    ToAnswered "to_answered" "go to what it answers",
    Failed "failed" "resend or drop",
    Copy "copy" "copy",
    OpenLink "open_link" "open its link",
    Editor "editor" "open $EDITOR",
    Send "send" "send",
    NewLine "new_line" "new line",
    Complete "complete" "complete, or next pane",
    CompleteBack "complete_back" "back",
}

impl Action {
    /// The action that the keymap calls so.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// Whether it does something where the model is shown in lines: for its help.
    pub const fn works_in_lines(self) -> bool {
        !matches!(
            self,
            Self::NextPane
                | Self::ToggleLists
                | Self::PreviousPane
                | Self::FocusChat
                | Self::PageDown
                | Self::Oldest
                | Self::Newest
                | Self::GoTo
                | Self::Choose
                | Self::Search
        )
    }

    /// The tab that it goes to, counted from 0.
    pub const fn tab(self) -> Option<usize> {
        match self {
            Self::Tab1 => Some(0),
            Self::Tab2 => Some(1),
            Self::Tab3 => Some(2),
            Self::Tab4 => Some(3),
            Self::Tab5 => Some(4),
            Self::Tab6 => Some(5),
            Self::Tab7 => Some(6),
            Self::Tab8 => Some(7),
            Self::Tab9 => Some(8),
            _ => None,
        }
    }
}
