//! The actions that keys are bound to.

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// What a bound key does. An action may be bound in several contexts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the language files describe each action")]
        pub enum Action {
            $($variant,)*
        }

        impl Action {
            /// All actions.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The action's name in the keymap file.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The language key of the action's label, for help and hints.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!("action-", $name),)*
                }
            }
        }
    };
}

actions! {
    NextPane "next_pane",
    PreviousPane "previous_pane",
    FocusUsers "focus_users",
    FocusGroups "focus_groups",
    FocusInbox "focus_inbox",
    FocusChat "focus_chat",
    NextTab "next_tab",
    PreviousTab "previous_tab",
    Tab1 "tab_1",
    Tab2 "tab_2",
    Tab3 "tab_3",
    Tab4 "tab_4",
    Tab5 "tab_5",
    Tab6 "tab_6",
    Tab7 "tab_7",
    Tab8 "tab_8",
    Tab9 "tab_9",
    Tab10 "tab_10",
    CloseTab "close_tab",
    Split "split",
    OtherChat "other_chat",
    NextUnread "next_unread",
    PageUp "page_up",
    PageDown "page_down",
    Oldest "oldest",
    Newest "newest",
    Help "help",
    Command "command",
    Redraw "redraw",
    Suspend "suspend",
    Interrupt "interrupt",
    Cancel "cancel",
    Quit "quit",
    Up "up",
    Down "down",
    HalfPageUp "half_page_up",
    HalfPageDown "half_page_down",
    First "first",
    Last "last",
    Open "open",
    StartChat "talk_to",
    Request "request",
    Invite "invite",
    NewGroup "new_group",
    Join "join",
    Leave "leave",
    Members "members",
    Disband "disband",
    Remove "remove",
    HandOver "hand_over",
    Accept "accept",
    Deny "deny",
    Waiting "waiting",
    History "history",
    Confirmations "confirmations",
    Withdraw "withdraw",
    ToggleLists "toggle_lists",
    Log "log",
    Settings "settings",
    Outbox "outbox",
    SendAgain "send_again",
    Edit "edit",
    Drop "drop",
    GoTo "go_to",
    ListChats "talks",
    Search "search",
    ChangeScope "change_scope",
    NextFound "next_found",
    PreviousFound "previous_found",
    Choose "choose",
    Reply "reply",
    Details "details",
    ToAnswered "to_answered",
    Failed "failed",
    Copy "copy",
    ChangeLine "change_line",
    ClearLine "clear_line",
    OpenLink "open_link",
    Editor "editor",
    SearchSent "search_sent",
    Send "send",
    NewLine "new_line",
    Complete "complete",
    CompleteBack "complete_back",
}

impl Action {
    /// The action with this name in the keymap file.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// The language key of the notice that line mode lacks this action; `None` if line mode has it.
    pub const fn missing_in_lines(self) -> Option<&'static str> {
        match self {
            Self::NextPane
            | Self::PreviousPane
            | Self::FocusChat
            | Self::ToggleLists
            | Self::Split
            | Self::OtherChat => Some("lines-no-panes"),
            Self::PageDown | Self::Oldest | Self::Newest => Some("lines-no-scrolling"),
            Self::GoTo => Some("lines-no-go-to"),
            Self::Choose => Some("lines-no-choosing"),
            Self::Search => Some("lines-search"),
            _ => None,
        }
    }

    /// Whether the palette offers the action: it works in every pane, and needs no selection.
    pub const fn is_in_palette(self) -> bool {
        matches!(
            self,
            Self::FocusUsers
                | Self::FocusGroups
                | Self::FocusInbox
                | Self::FocusChat
                | Self::NextTab
                | Self::PreviousTab
                | Self::CloseTab
                | Self::NextUnread
                | Self::Oldest
                | Self::Newest
                | Self::Help
                | Self::Redraw
                | Self::Suspend
                | Self::Quit
                | Self::StartChat
                | Self::NewGroup
                | Self::ToggleLists
                | Self::Log
                | Self::Settings
                | Self::Outbox
                | Self::ListChats
                | Self::Search
                | Self::Choose
                | Self::Editor
        )
    }

    /// The index of the tab that the action goes to, counted from 0; `None` for all other actions.
    pub fn tab(self) -> Option<usize> {
        let number: usize = self.name().strip_prefix("tab_")?.parse().ok()?;
        number.checked_sub(1)
    }
}
