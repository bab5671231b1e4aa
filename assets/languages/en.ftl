### What papo says, in English. This file has every text; a text that another language's file lacks is said in
### English. The syntax is Fluent's, https://projectfluent.org: what stands in braces is filled in, and white space
### around a text does not count.

# What a key does
action-next_pane = next pane
action-previous_pane = previous pane
action-focus_users = users
action-focus_groups = groups
action-focus_inbox = inbox
action-focus_chat = composer
action-next_tab = next chat
action-previous_tab = previous chat
action-tab_1 = first chat
action-tab_2 = second chat
action-tab_3 = third chat
action-tab_4 = fourth chat
action-tab_5 = fifth chat
action-tab_6 = sixth chat
action-tab_7 = seventh chat
action-tab_8 = eighth chat
action-tab_9 = ninth chat
action-tab_10 = tenth chat
action-close_tab = close tab
action-next_unread = next unread
action-page_up = page up
action-page_down = page down
action-oldest = oldest message
action-newest = newest message
action-help = help
action-command = command
action-redraw = redraw
action-suspend = suspend
action-interrupt = clear line, or quit
action-cancel = close, back to newest
hint-close = close
hint-hand-back = hand back
hint-take-line = take the line
hint-older = older line
hint-cancel = cancel
hint-confirm = confirm
hint-run = run
action-quit = quit
action-up = up
action-down = down
action-half_page_up = half a page up
action-half_page_down = half a page down
action-first = first
action-last = last
action-open = open
action-talk_to = start a chat
action-request = ask to chat
action-invite = invite
action-new_group = new group
action-join = ask to join
action-leave = leave group
action-members = members
action-disband = disband group
action-remove = remove member
action-hand_over = hand over the lead
action-accept = accept
action-deny = deny
action-waiting = pending
action-history = history
action-confirmations = sent
action-withdraw = cancel request
action-split = two chats, or one
action-other_chat = chat beside
action-toggle_lists = hide or show lists
action-log = notices
action-settings = settings
action-outbox = outbox
action-send_again = resend
action-edit = edit
action-drop = drop
action-go_to = go to
action-talks = all chats
action-search = search
action-change_scope = this chat or all
action-next_found = next match
action-previous_found = previous match
action-choose = select a message
action-reply = reply
action-details = message info
action-to_answered = go to the original
action-failed = resend or drop
action-copy = copy
action-change_line = clear the line and write
action-clear_line = clear the line
action-open_link = open link
action-editor = open $EDITOR
action-search_sent = search sent lines
action-send = send
action-new_line = new line
action-complete = complete, or next pane
action-complete_back = back

# Where a key works
context-global = global
context-list = list
context-users = users
context-groups = groups
context-inbox = inbox
context-members = members
context-outbox = outbox
context-find = find
context-messages = messages
context-empty = empty composer
context-composer = composer

# What a command does
command-msg = Send a message to a user or a group
command-reply = Begin a reply to the latest message from someone else here
command-request = Ask someone to chat
command-accept = Accept the pending request, or a user's
command-deny = Deny the pending request, or a user's
command-inbox-clear = Deny all pending requests, after a question
command-withdraw = Cancel your latest request, or the one to a user
command-group-new = Create a group
command-group-invite = Invite someone to a group
command-group-kick = Remove a member
command-group-lead = Hand over the lead
command-group-claim = Take the lead of a group whose leader is gone for good
command-group-disband = Disband a group
command-join = Ask to join a group
command-leave = Leave a group
command-block = Ignore someone's requests and messages; without ID, list who is blocked
command-unblock = Stop ignoring someone
command-forget = Remove a user who is gone for good from everyone's list
command-end = End the open sessions; each ends when both agree
command-close = Close this tab, or the one with this number or name
command-split = Show another chat beside this one
command-unsplit = Show one chat only
command-notify = Choose notifications for this chat
command-mute = Mute this chat
command-unmute = Notify of this chat as configured
command-chats = List all chats, ended ones too
command-search = Search the messages
command-copy = Copy the latest message of this chat
command-open = Open the latest link in this chat
command-export = Export this chat to a file
command-log = Show past notices
command-outbox = Show messages that are waiting or were refused
command-resend = Resend a refused message: the latest here, or number N in the outbox
command-edit = Edit a waiting or refused message, or else your latest here
command-drop = Drop a waiting or refused message
command-reconnect = Connect now
command-redraw = Draw the screen again
command-reload = Reload the configuration, keys, theme and language
command-hide = Hide a list, or all
command-show = Show a list, or all
command-set = Show or change a setting, such as ui.theme
command-help = Show this help, or only what matches a word
command-welcome = Explain the screen in one page
command-quit = Quit papo
command-slash = Send a message that starts with a slash
command-chat = Go to a chat, or ask for one; with a text, send it there
command-users = Go to the list of users
command-groups = Go to the list of groups
command-inbox = Go to the inbox
command-whois = Show what is known of a user or a group
command-members = Show the members of a group
command-go = Go to a chat by its tab number or name
command-unread = Go to the next unread messages
command-mark = Mark all chats as read
command-clear = Hide the messages on the screen; scroll back to see them again
command-editor = Write in $EDITOR
command-unset = Reset a setting to its default
command-settings = Show and change all settings
command-theme = Show or change the theme
command-alias = Give a command a name of your own, or list these names
command-unalias = Remove an alias

# Lines that are not a command
list-unknown = No list is called { $word }. Choose users, groups or inbox.
usage = Usage: { $usage }
command-fewer-words = Too many arguments. Usage: { $usage }
command-unknown = Unknown command { $before }{ $name }; did you mean { $before }{ $nearest }? (// starts a message with a slash)
command-none = Unknown command { $before }{ $name } (// starts a message with a slash)
command-number = Give the number of a row in /outbox
completion-none = No completions
missing-nearest = { $text } Nearest: { $nearest }
missing-actions = No /{ $word }: papo has no action messages; write it as a message.
missing-topics = No /{ $word }: groups have no topic.
missing-reactions = No /{ $word }: papo has no reactions or polls.
missing-away = No /{ $word }: others see only whether you are online.
missing-nick = No /{ $word }: your ID is your only name, and it is fixed; papo ID in a shell starts with another one.
missing-files = No /{ $word }: papo sends text only; send a link instead.
missing-paste = No /{ $word }: paste with your terminal.
missing-threads = No /{ $word }: papo has no threads.
missing-rooms = No /{ $word }: papo has groups, without settings of their own.
missing-invite-links = No /{ $word }: papo has no invitation links.
missing-servers = No /{ $word }: papo uses one broker at a time; set broker, then restart.
missing-accounts = No /{ $word }: papo has no accounts; papo ID in a shell starts another profile.
missing-encryption = No /{ $word }: papo has no end-to-end encryption and no keys to verify.
missing-modes = No /{ $word }: a group has a leader and members, and no other roles.
missing-deletion = No /{ $word }: a sent message cannot be deleted.
missing-disappearing = No /{ $word }: messages do not disappear by themselves.
missing-archive = No /{ $word }: papo keeps all chats; a closed tab can be opened again.
missing-scripts = No /{ $word }: papo runs no scripts inside; a shell can use papo send and papo tail.
missing-keys = No /{ $word }: keys are set in keymap.toml.
missing-layout = No /{ $word }: papo arranges the screen by itself.
missing-lists = No /{ $word }: papo has three lists beside the chats.
missing-highlights = No /{ $word }: papo notifies by chat.
missing-logger = No /{ $word }: papo keeps the history of all chats.
missing-history = No /{ $word }: the arrow keys bring back what you sent.
missing-spelling = No /{ $word }: papo uses UTF-8 and checks no spelling.
missing-writing = No /{ $word }: papo saves by itself; /close closes this tab, /quit leaves papo.
vim-close = Close the tab; the last one asks whether to quit
vim-next = Go to the next chat
vim-previous = Go to the previous chat
vim-tab = Go to the tab with this number
vim-write = Nothing: papo saves by itself
vim-noh = End the highlighting of what was found
vim-nothing-to-write = Nothing to write: papo saves by itself
missing-opening = No /{ $word }: papo opens chats, not files.
missing-saving = No /{ $word }: papo saves settings as you change them.
missing-upgrade = No /{ $word }: papo --version in a shell shows the version.
missing-rejoining = No /{ $word }: you stay in a group until you leave it.
missing-broadcast = No /{ $word }: papo sends a message to one chat at a time.
missing-irc = No /{ $word }: papo speaks MQTT, not IRC.
missing-about = No /{ $word }: papo --help in a shell shows what papo is.
missing-watching = No /{ $word }: papo always shows who is online.
missing-passwords = No /{ $word }: the configuration file names the command, file or variable that has the password.
missing-bans = No /{ $word }: a leader can remove a member with /kick; /block ignores someone.
missing-forwarding = No /{ $word }: copy the message, and paste it in the other chat.
missing-pins = No /{ $word }: papo keeps no list of marked messages.
missing-sending = No /{ $word }: what you type goes to this chat.
missing-status = No /{ $word }: the header shows the connection; papo status in a shell does, too.
missing-halves = No /{ $word }: papo shows one chat, or two side by side.
missing-hiding = No /{ $word }: papo hides only the lists.
missing-jumps = No /{ $word }: papo goes to unread messages.
missing-scrolling = No /{ $word }: PgUp, PgDn, Home and End scroll.
missing-colors = No /{ $word }: a theme has all the colours.
missing-switches = No /{ $word }: this is a setting.
alias-none = No aliases; /alias NAME COMMAND makes one
alias-is = /{ $name } = { $text }
alias-done = /{ $name } now means { $text }
alias-removed = Removed /{ $name }
alias-hides = /{ $name } cannot be an alias: it is a command, or not one word of letters, digits, - and _
alias-unknown = There is no alias /{ $name }
tab-none = There is no tab { $number }
chat-none-called = No chat is called { $name }; /chats lists all
chat-none-yet = No chat with { $name } yet; /chat { $name } asks for one
member-one-user = One user at a time: { $line }
member-no-reason = papo sends no reason along; type { $line }
join-no-such-group = No group is called #{ $group }; /create { $group } creates it
question-block = papo has never seen { $user }. Block this ID?
whois-whom = Who? Name a user or a group, or open a chat first
whois-unknown = Nothing is known of { $name }
mark-done = Marked all chats as read
clear-done = Hid the earlier messages; scroll back to see them
help-usage = { $usage }: { $about }
help-usage-also = { $usage }: { $about } (also { $also })
search-none = Nothing to go to; Alt-S starts a search
search-at-latest = This is the newest match
search-at-last = This is the oldest match
search-all-chats = all chats

# Requests to you
somebody = someone
asks-chat = { $who } wants to chat
asks-join = { $who } wants to join #{ $group }
asks-invite = { $who } invites you to #{ $group }
asks-lead = { $who } made you leader of #{ $group }
asks-session = { $who } is writing in a chat that this machine has no record of; accepting opens it
answers-with-commands = { "." } /accept{ $who } or /deny{ $who }
answers-here = : { $yes } accepts, { $no } denies
answers-in-inbox = : { $inbox }, then { $yes } accepts, { $no } denies
answers-lead-with-commands = { "." } /accept{ $who } or, to hand it back, /deny{ $who }
answers-lead-here = : { $yes } accepts, { $no } hands it back
answers-lead-in-inbox = : { $inbox }, then { $yes } accepts, { $no } hands it back
requests-several = { $count } requests: { $key }

# Answers to a key or a command
unread-none = No unread messages
unread-none-but-requests =
    { $count ->
        [one] No unread messages; 1 request waits ({ $key })
       *[other] No unread messages; { $count } requests wait ({ $key })
    }
writing-already = You are writing something already; send it or clear it first
writing-already-there = You are writing something there already; send it or clear it first
chat-none-to-send = No chat is open to send this to; /request ID asks someone to chat
waiting-none = The outbox has no matching message; /outbox shows what it has
chat-none-command = No chat is open to send “{ $word }” to; the command is { $command }
chat-none-active = No active chat
chat-waits = No active chat: { $way } goes to { $name }
notify-all = Every message will notify you here
notify-mentions = Only mentions will notify you here
notify-never = Muted; no message will notify you here
session-none-for-script = No open chat with { $user }; ask with papo request { $user }
sent-to = Sent to { $name }: { $text }
usage-q = Usage: /q NAME [TEXT] goes to a chat; /close closes this tab, /quit leaves papo
session-none-for-command = No open chat with { $user }; /request { $user } asks to chat
end-is-for-two = /end is for a chat of two; use /leave to leave a group
request-none-waits = No matching request is pending
group-which = Which group? Name it, or open its tab first
selected-nobody = No user is selected; t starts a chat by ID
groups-none = No groups yet; n creates one
selected-nothing = Nothing is selected
run-on = Ignored “{ $text }”, typed while { $place } had the keys; { $way }
run-on-leaves = { $key } goes to the composer, ↑ there brings the text back
run-on-closes = { $key } closes it, ↑ in the composer brings the text back
run-on-moved = What you typed is in the composer; { $place } had the keys
run-on-moved-before-draft = What you typed is in the composer; your draft comes back afterwards
typed-kept = What you typed is kept: ↑ in the composer brings it back
run-on-users = the list of users
run-on-groups = the list of groups
run-on-inbox = the inbox
run-on-message = the selected message
run-on-outbox = the outbox
run-on-overlay = the window
request-gone = That request is gone
request-is-mine = Your own request: { $what }; { $key } cancels it
request-is-settled = { $what }: { $state } already
overlay-no-field = There is nothing to type into here; { $key } closes this
keys-elsewhere = The composer does not have the focus; { $key } goes there
reconnecting = Connecting to { $broker }
lists-shown = All lists are shown
lists-hidden = Hidden: { $lists }; /show brings them back
chat-opened = The chat with { $name } is open
opened-waits = { $name } is open; { $key } goes there
accepted-done = Accepted: { $what }
denied-done = Denied: { $what }
withdrawn = Request cancelled: { $what }
requests-wait = { $count } pending requests: { $list }; { $usage }
waits-chat = { $who } (chat)
waits-group = { $who } → #{ $group }
open-nothing = Nothing to open yet
member-another = Select another member
member-gone = { $user } is not a member any more
edit-only-own = You can edit only your own messages
edit-not-this = This message cannot be edited
reply-nothing = No message here to reply to
reply-begun = Replying to { $author }: { $words } (Enter sends, Ctrl-C stops)
edit-nothing = No message of yours here to edit
answered-not-here = The original is not here, or is too far back
answered-none = This message is not a reply
resend-nothing = Already sent; nothing to resend
edited-in-place = Changed; it had not been sent yet
dropped-title = Dropped message
dropped-question = Send it again, or drop it from this chat, too?
copied = Copied, if your terminal supports it
withdraw-nothing = No request of yours is pending
withdraw-accepted = Nothing to cancel: { $user } has accepted your request
copy-nothing-here = No text here to copy
link-none-here = No link here
copy-nothing = This is not text; it cannot be copied
link-none = No link in this message
not-a-message = This is a change of the group, not a message
link-opens = Opening { $link }
link-opens-first = Opening { $link }, the first of { $count }
link-opens-earlier = Opening { $link } from an earlier message by { $author }
split-narrow = No room for two chats side by side: widen the terminal, or hide the lists (/hide)
split-alone = There is no second chat to show beside this one; name one: /split NAME
split-same = { $name } is this chat; name another one: /split NAME
split-already = { $name } is beside this chat already
split-none = Only one chat is shown; /split shows two

# In line mode, where there are no panes
lines-no-panes = There are no panes in line mode; /help lists what there is
lines-no-scrolling = Use your terminal to scroll; Page Up prints earlier messages
lines-nothing-before = No earlier messages
lines-no-go-to = Not available in line mode; /chats NAME opens a chat
lines-no-choosing = Messages cannot be selected in line mode; /copy takes the latest, /open its link
lines-search = Type /search WORDS
lines-no-clearing = Use your terminal to clear the screen
list-settings = setting: { $key } = { $value }: { $about }

# Notices
ignored-several = Ignored { $count } publications; the first are in the log
has-written = { $author } wrote
store-failing = Cannot write the history: { $why }
connected = Connected to { $broker }
not-connected = Not connected: { $why }
remote-leaves = papo has quit; your request continues when it starts again
list-so-far = The list may be incomplete: the broker did not send everything in time
list-last-known = The list is what papo knew when it was last connected
status-online = online
status-connecting = connecting
status-offline = Not connected
status-not-running = papo is not running
status-users = { $online } of { $count } users online
status-groups =
    { $count ->
        [one] in 1 group
       *[other] in { $count } groups
    }
remote-other-broker = The running papo uses { $used }, not { $named }: leave out --broker (or PAPO_BROKER), or quit that papo
input-failed = Cannot read standard input: { $why }
input-unanswered = The input ended before an answer to: { $question }
input-unsent =
    { $count ->
        [one] 1 message was not sent in time; papo sends it when it starts again
       *[other] { $count } messages were not sent in time; papo sends them when it starts again
    }
needs-terminal = no terminal to read keys from; papo --linear reads lines from a pipe, and papo send and papo tail serve scripts
setup-no-input = papo has no ID yet; add yours to the command line, as in papo --linear ID
request-is-open = You already have an open chat with { $user }
request-is-open-here = You already have a chat with { $user }; { $key } opens it
reloaded = Configuration reloaded; connection settings apply after a restart
set-done = { $key } = { $value }
set-done-restart = { $key } = { $value } · applies after a restart
set-is = { $key } = { $value }
set-is-one-of = { $key } = { $value } (choose from { $words })
setting-unset = (not set)
setting-unknown = No setting { $key }; did you mean { $nearest }?
setting-none = No setting { $key }; /settings shows all
setting-not-allowed = { $key } cannot be { $value }; choose from { $allowed }
setting-out-of-range = { $key } must be a number from { $least } to { $most }
not-sent = Message not sent: { $failure }; see /outbox
group-unknown-to-broker = The broker does not know #{ $group }; messages wait until its leader is online
group-name-taken = Another group has the name #{ $group } on this broker; messages to yours wait
properties-lost = Publications of { $user } arrive without papo's properties, so there are no receipts; a bridge between brokers may use MQTT 3.1.1
group-replaced = Another group has the name #{ $group } now; the one you were in has ended
group-was-earlier = #{ $group } was created by someone else first; papo has asked to join it
lead-is-yours = You lead #{ $group } now
lead-was-taken = { $leader } took over #{ $group } while you were away
answer-chat-yes = { $who } accepted your request to chat
answer-chat-no = { $who } denied your request to chat
answer-join-yes = You are in #{ $group } now
answer-join-no = { $who } denied your request to join #{ $group }
answer-invite-yes = { $who } accepted your invitation to #{ $group }
answer-invite-no = { $who } denied your invitation to #{ $group }
answer-lead-yes = { $who } leads #{ $group } now
answer-lead-no = { $who } handed the lead of #{ $group } back to you
id-elsewhere = { $me } is in use on another device; /reconnect takes the ID back

# The outbox
outbox-other-prefix = written under another topic prefix
outbox-request = request to chat
outbox-accepted = acceptance
outbox-denied = denial
outbox-cancelled = cancelled request
outbox-invite = invitation to #{ $group }
outbox-receipt = receipt
outbox-disbanded = end of the group
outbox-record = group record
outbox-enter = request to join
outbox-leave = notice that you left
outbox-joined = notice that you joined
outbox-presence = presence
outbox-empty = Outbox empty: everything has been sent
outbox-no-chat = This belongs to no chat; papo sends it by itself
outbox-only-text = Only text can be edited
earlier-message = an earlier message

# Questions and prompts
question-pinned = { $question } Enter again
question-typed = { $question } Type { $word }, then Enter
question-after-yes = “{ $text }” confirms nothing. { $question }
question-request = Ask { $user } to chat?
question-request-unseen = Ask { $user } to chat? Nobody has seen this ID.
question-request-again = You asked { $user } before. Ask once more?
question-request-accept = { $user } wants to chat, too. Accept?
question-join = Ask { $leader } to let you into #{ $group }?
question-join-invited = Accept the invitation to #{ $group }?
question-create = Create #{ $group }?
question-invite = Invite { $user } to #{ $group }?
question-drop = Drop “{ $what }” to { $to }?
question-send = This chat has just come to the front. Send to { $name }? Enter sends
question-send-typed-in = Send to { $name }? You typed this while { $place } had the keys. Enter sends
question-send-named = Send to { $name }? You named { $named } last. Enter sends
question-send-left = Send to { $name }? Your line to { $left } is not sent yet. Enter sends
question-send-reply = Send this as a reply to { $name }? The { $key } before it was a key. Enter sends
question-send-edit = Send this as an edit to { $name }? The { $key } before it was a key. Enter sends
question-send-answered = Send “{ $text }” to { $name }? It cancelled the question before. Enter sends
question-run = { $name } has just come to the front. Run { $command } here? Enter runs it
question-literal = Send { $text } to { $name } as a message? Enter again (commands begin with /)
question-literal-word = Send “{ $text }” to { $name } as a message? Enter again (the command is { $command })
key-none = { $key } has no function; { $help } shows all keys
line-left = Your line stays in the chat { $name }; Ctrl-← and Ctrl-→ move by a word
cancelled = Cancelled: { $question }
cancelled-request = Not asked: { $user }
cancelled-join = Not joined: #{ $group }
cancelled-send = Not sent to { $name }
cancelled-run = Not run: { $command }
cancelled-answer = Not answered: { $what }
cancelled-withdrawal = Not withdrawn: { $what }
click-request = Selected { $user }; to ask for a chat: { $keys }, or /request { $user }
click-join = Selected #{ $group }; to join: { $keys }, or /join { $group }
click-inbox = Selected the request; to accept it: { $keys }
click-keys = { $focus }, then { $key }
prompt-chat-with = Start a chat with (ID)
prompt-new-group = New group (name)
prompt-invite-to = Invite to #{ $group } (ID)
prompt-invite-user = Invite { $user } to (group)
prompt-login-name = User name for this broker
prompt-password = Password of { $user }, for this run only
prompt-no-name = A user name is needed
prompt-no-password = A password is needed
prompt-other-name = { $key }: other user name
prompt-to-password = { $key }: password
prompt-logging-in = Logging in…
prompt-logged-in = Connected. Esc closes this.
prompt-throttled = Too many failed logins. papo tries the last one again in { $seconds } s; you can also enter another password.
login-missing = this broker wants a login
login-wrong = wrong user name or password
login-not-allowed = the broker refuses this user
login-too-many = too many failed logins
login-declined = Login closed; /reconnect asks for it again
login-enter = Enter: log in · Esc: close
login-enter-name = Enter: to the password · Esc: close
login-refused-follows = { $why }; it is queued in the outbox, and papo sends it once the broker accepts the login
prompt-that-is-you = That is you
prompt-group-exists = #{ $group } exists already
question-quit = Quit papo?
question-quit-hosting = { $who } Quit and stop it?
question-suspend-hosting = { $who } Suspend and stop it?
question-paste = Paste { $count } lines?
question-accept = Accept: { $what }?
question-deny = Deny: { $what }?
question-withdraw = Withdraw your request to { $what }?
question-withdraw-invitation = Withdraw your invitation of { $who } to #{ $group }?
question-deny-all =
    { $count ->
        [one] Deny the pending request?
       *[other] Deny all { $count } pending requests?
    }
question-disband = Disband #{ $group } for all its members?
question-leave = Leave #{ $group }?
question-remove = Remove { $user } from #{ $group }?
question-hand-over = Hand the lead of #{ $group } to { $user }?
question-forget = Clear the presence of { $user } on the broker, for everyone?

# What papo ignored, refused or did
overlooked-blocked = Ignored a publication from a user you have blocked
overlooked-nameless = Ignored a control message that names no sender
overlooked-outside = Ignored a message in a session that has ended for you
overlooked-own = Ignored a publication that names you as its sender
overlooked-repeated = Ignored a duplicate publication
overlooked-other-owner = Ignored a control message to { $owner }
overlooked-other-device = Ignored a control message about what another of your devices wrote in { $id }
overlooked-no-chat = Ignored a control message about { $id }, which is not an open chat of yours with its sender
overlooked-unwritten = Ignored a receipt for your message { $n } in { $id }, which you have not written yet
overlooked-unasked = Ignored a denial from { $from }, which answers no request of yours
overlooked-not-led = Ignored a request about #{ $group }, which you do not lead
overlooked-in-already = Ignored an invitation to #{ $group }, which you are already in
overlooked-paced = Ignored a request for the record of #{ $group }, which was sent a moment ago
overlooked-no-member = Ignored a publication about #{ $group } from a user its record does not list
overlooked-no-group = Ignored a publication about #{ $group }, an unknown group
overlooked-created = Ignored the creation of #{ $group }, a group that exists already
overlooked-copy = Ignored a copy of news about #{ $group } meant for clients that do not read its record
overlooked-outdated = Ignored an outdated record of #{ $group }
overlooked-old-presence = Ignored an outdated presence of { $user }
ignored-publication = Ignored a publication: { $error }
ignored-forged = Ignored a publication that names someone other than its sender
ignored-own-control = Ignored a control message that names you as its sender
retained-there = The broker retains a message on { $topic }; papo shows it once
ignored-stranger = Ignored a message in { $id } from someone who is not in it
ignored-no-author = Ignored a message in { $id } that does not say who wrote it
ignored-record = Ignored a record of #{ $group } that its leader did not write
ignored-end = Ignored the end of #{ $group }: its leader did not send it
full-groups = Group list full: #{ $group } not shown
full-users = User list full: { $id } not shown
full-inbox = Inbox full: the request from { $who } was dropped
full-inbox-of-one = { $limit } requests from { $who } are pending: one more was dropped
block-list = Blocked: { $users }. /unblock ID undoes it
block-none = You have not blocked anyone
send-blocked = You have blocked { $user }. To write to them, type /unblock { $user }
user-blocked = ⊘ blocked
block-self = You cannot block yourself
block-already = { $user } is blocked already
block-done = Blocked { $user }: their requests and messages to you are ignored; the chat stays here. /unblock { $user } undoes it
unblock-not = { $user } is not blocked
unblock-done = Unblocked { $user }: open sessions go on, with what was written meanwhile
send-end-alone = A message of just END ends a session; it cannot be a reply
send-no-conversation = No such chat
send-length = Message too long: the limit is { $limit } bytes
copy-tmux = Not copied: tmux refused it ({ $why })
send-blank = The message is empty
session-closed = This session has ended: both of you ended it
group-left = You have left this group
group-removed = You were removed from this group
group-disbanded = This group has ended
create-offline = Offline: papo cannot check that the group's name is free. Try again when connected.
create-exists = #{ $group } exists and { $leader } leads it; ask to join it
join-none = No group is called #{ $group }; you can create it
join-none-offline = #{ $group } is not known here; papo is offline, so it may exist
join-in-already = You are already in #{ $group }
join-in-already-here = You are already in #{ $group }; { $key } opens it
join-asked-away = Asked { $leader } (offline) to let you into #{ $group }
join-asked = Asked { $leader } to let you into #{ $group }
join-accepted-away = Accepted: you join #{ $group } when { $leader } (offline) confirms
join-accepted = Accepted: you join #{ $group } when { $leader } confirms
join-accepted-nobody = Accepted: you join #{ $group } when its leader confirms
join-asked-nobody = Asked to join #{ $group }; its leader is not known yet
invite-only-members = Only members of #{ $group } can invite
member-already = { $user } is already in #{ $group }
invited = Invited { $user } to #{ $group }
member-not = { $user } is not a member of #{ $group }
removed = Removed { $user } from #{ $group }
lead-handed = Handed the lead of #{ $group } to { $user }, who may hand it back
group-not-in = You are not in #{ $group }
leave-leader = You lead #{ $group }: hand over the lead or disband the group first
left = Left #{ $group }
disbanded = Disbanded #{ $group }
removed-from = { $leader } removed you from #{ $group }
disbanded-by = { $leader } disbanded #{ $group }
only-leader = Only the leader of #{ $group } can do that
member-new = { $user } joined #{ $group }
lead-given-back = Handed the lead of #{ $group } back to { $peer }
lead-former-gone = The former leader has left #{ $group }: hand the lead to someone else, or disband the group
claim-own = You lead #{ $group } already
claim-offline = Offline: papo cannot tell whether { $leader } is here
claim-not-allowed = You cannot claim #{ $group }: on this broker, only its leader can hand over the lead
claim-seen = { $leader } leads #{ $group } and was seen within the last { $days } days
claim-first = Only the first member of #{ $group }, { $first }, can take the lead
nobody = no one
forget-self = You cannot forget yourself
forget-not-connected = Offline: forgetting { $user } needs a connection to the broker
forget-too-early = The broker is still sending the list of users; try again to forget { $user }
forget-online = { $user } is online; only a user who is gone for good can be forgotten
forget-unknown = The broker has no presence of { $user }
forget-not-allowed = The broker does not allow you to forget { $user }; it may let only { $user } change that presence
forget-refused = { $user } was not forgotten: { $why }
forget-cut = papo cannot tell whether { $user } was forgotten: the connection ended before the broker answered; try again
forgotten = Forgot { $user }; they are listed again if they reconnect
forgotten-stays = Cleared the presence of { $user }, who stays listed because of a chat, request, group or block
publication-refused = Not sent to { $to } ({ $what }): { $why }
group-refused = Could not create #{ $group }: { $why }
group-not-allowed = Could not create #{ $group }: the broker refused it. The name may be in use, or was until a minute ago
drop-only-waiting = Only a waiting or refused message can be dropped
outbox-no-such = The outbox has no such message
outbox-by-itself = papo sends this by itself as soon as the broker accepts it
outbox-unreadable = This message is damaged and cannot be sent; write it again
outbox-chat-over = This chat has ended; the message can only be dropped
request-self = You cannot ask yourself to chat
request-again = Asked { $user } again
request-done = Asked { $user } to chat
withdraw-only-own = You can cancel only your own pending requests
withdraw-lead = The lead of #{ $group } is already handed over; only the new leader can hand it back
request-answered = This request is not pending
end-done = You proposed to end this session; your next message here takes that back
end-already = You proposed to end this session; it ends when the other agrees
session-not-open = This chat has ended

# The chat
chat-none-in-front = No active chat. { $key } goes to { $name }.
chat-none = No chat is open. { $users } goes to the users, { $groups } to the groups; Enter opens one.
chat-empty = No messages yet. Type below and press Enter.
chat-ask = /request ID asks someone to chat, /help shows more
chat-write-plain = Write to { $name } (not using papo: no delivery ticks)
chat-draft-aside = Your draft is set aside; { $key } brings it back
chat-write = Write to { $name }
chat-write-beside = { $key } goes to { $name }
chat-closed = No open session. A message asks { $name } to chat
chat-left = You have left this group.
chat-removed = The leader removed you from this group.
chat-disbanded = This group has ended.
message-unreadable = damaged message
session-of = session of { $began }
messages-new = { $count } new
messages-below = ↓ newest
looks-like = looks like { $known }
user-looks-like = { $id } (looks like { $known })
message-edited = (edited)
message-empty = (empty message)
message-foreign = { "[" }{ $content_type }, { $size } bytes: this version cannot show it]
message-dropped = dropped
message-failed = ✗ not delivered: { $why }
end-by-me = — you proposed to end this session —
end-by-peer = — { $author } proposed to end this session —
end-by-peer-now = — { $author } proposed to end this session. /end { $author } agrees; you can also write on —
message-end = proposed to end this session
changes = — { $changes } —
changes-next = { $changes }; { $next }
change-created = you created the group
change-joined =
    { $count ->
       *[other] { $who } joined
    }
change-left =
    { $count ->
       *[other] { $who } left
    }
change-removed =
    { $count ->
        [one] { $who } was removed by the leader
       *[other] { $who } were removed by the leader
    }
change-gone =
    { $count ->
        [one] { $who } is no longer in the group
       *[other] { $who } are no longer in the group
    }
change-joined-left =
    { $count ->
       *[other] { $who } joined and left
    }
change-joined-removed =
    { $count ->
        [one] { $who } joined and was removed by the leader
       *[other] { $who } joined and were removed by the leader
    }
change-joined-gone =
    { $count ->
        [one] { $who } joined and is no longer in the group
       *[other] { $who } joined and are no longer in the group
    }
change-rejoined =
    { $count ->
       *[other] { $who } joined again
    }
change-leads = { $who } leads the group now
change-disbanded = the group was disbanded
change-refused = the broker refused the group
list-comma = { $names }, { $next }
list-and = { $names } and { $last }
list-more = { $names } and { $count } more
writing-reply = reply to { $author }
writing-edit = edit
mode-normal = NORMAL
sent-search = search sent lines: { $words }
sent-search-failed = not in the sent lines: { $words }
held-replaced = ↑ brings back the line
writing-stops = ({ $key } cancels)
typing-one = { $who } is typing…
typing-two = { $who } and { $other } are typing…
typing-several = { $count } are typing…

# Times
time-now = just now
time-minutes = { $count } min ago
time-hours = { $count } h ago
time-days = { $count } d ago
weekday =
    { $number ->
        [1] Mon
        [2] Tue
        [3] Wed
        [4] Thu
        [5] Fri
        [6] Sat
       *[7] Sun
    }
month =
    { $number ->
        [1] Jan
        [2] Feb
        [3] Mar
        [4] Apr
        [5] May
        [6] Jun
        [7] Jul
        [8] Aug
        [9] Sep
        [10] Oct
        [11] Nov
       *[12] Dec
    }
date = { $day } { $month }

# The lists
groups-empty = No groups yet. Press { $key } to create one.
group-no-leader = (no leader yet)
group-ask = (ask to join)
group-asked-away = (asked; ★ offline)
group-asked = (asked)
users-empty = No users yet. Press { $key } to chat with someone whose ID you know.
user-plain = plain
user-me = you
user-typing = typing…
inbox-empty = No pending requests ({ $history }: history, { $confirmations }: sent)
inbox-history-empty = No requests yet ({ $key }: back)
inbox-topic = topic { $topic }
inbox-confirmations-empty = No sent requests yet ({ $key }: back)
inbox-history = history
inbox-confirmations = sent
inbox-chat = { $peer } wants to chat
inbox-my-chat = chat with { $peer }
inbox-invite = { $peer } invites you to #{ $group }
inbox-lead = { $peer } made you leader of #{ $group }
inbox-session = { $peer } is writing in an unknown chat

# The header
header-not-saved = ✗ cannot save: { $why }
header-connecting = ◌ connecting
header-online = ● online
header-again = ○ retrying in { $seconds } s
header-requests =
    { $count ->
        [one] { $count } request
       *[other] { $count } requests
    }
header-unread = { $count } unread
header-refused = { $count } refused
header-outbox = outbox { $count }

# Tabs
phase-open = open
phase-ending = ending
phase-ended = ended
phase-left = left
phase-removed = removed
phase-disbanded = ended

# Overlays
confirm-enter = Enter: confirm · Esc: cancel
members-title = Members { $count }
members-leads = ★ leads
details-title = Message info
details-changes = Changes of the group
details-by = by
details-on = on
details-session = session
details-session-began = began { $began }, { $state }
details-edited = edited since
details-earlier = earlier texts, each with the time of its edit:
details-clock = ~ time of arrival: the sender's clock is off by more than a day
details-answers = replies to
details-edits = edits
details-failed = failed
details-plain = no delivery information
details-reached = delivered to { $count } of { $of }
details-read = read
details-has = delivered
details-has-not = not delivered yet
chats-title = Chats
chats-none = no matching chat
chats-count =
    { $count ->
        [one] { $count } chat
       *[other] { $count } chats
    }
chats-placeholder = Type to filter
palette-title = Go to
palette-none = no match
palette-what = chats, users, groups, actions, settings, commands
palette-placeholder = Type to filter
palette-chat = chat
palette-online = online: ask to chat
palette-user = ask to chat
palette-group = ask to join
search-title = Search in { $place }
search-placeholder = Words to find
search-case = Ignores case and accents; quote words to match accents
search-then = { $count } found, then failed: { $why }
search-latest = the latest { $count }
search-nothing = nothing found
search-found = { $count } found
search-looking = { $count } found, searching…
search-widen = { $found }   { $key }: search all chats
search-narrow = { $found }   { $key }: search this chat only
messages-count =
    { $count ->
        [one] { $count } message
       *[other] { $count } messages
    }
help-title-more = Keys and commands, ↓ for more
help-title = Keys and commands
help-tabs = first to { $last }
help-commands = commands
help-vim = after : in normal mode
help-settings = settings
settings-title = Settings
settings-title-more = Settings, ↓ for more
settings-restart = Applies after a restart.
setting-keymap = Keys: the default ones, or those of vim after Esc
setting-theme = Colours, to match your terminal's background
setting-language = Language: auto, en, pt-BR, or a file of yours
setting-inbox = Order of the inbox
setting-side = Side of the lists
setting-width = Width of the lists, in columns
setting-hide = Lists that are hidden unless they have the focus: users, groups, inbox, or none
setting-mouse = Use the mouse
setting-typing = Show others that you are typing
setting-linear = Print line by line, for screen readers
setting-escape-wait = Wait for the rest of a key sequence, in milliseconds
setting-notify-by = How papo notifies you while you look elsewhere
setting-notify-talks = Which messages of chats with one person notify you
setting-notify-groups = Which messages of groups notify you
setting-notify-content = Show the message in a notification
setting-broker = Address of the broker: mqtt://HOST[:PORT], mqtts://, ws://, wss:// or unix:///PATH; for a cluster several, separated by blanks
setting-embedded-broker = Start a broker if none runs on this machine
setting-topic-prefix = Prefix of all topics; all users need the same
setting-session-expiry = Days for which the broker keeps messages for you
setting-leader-gone = Days after which an absent leader can be replaced
setting-presence-expiry = Seconds after which you no longer count as online if nothing is heard of you
setting-directory-limit = papo follows all users and groups up to this number; beyond it, only those you deal with
setting-user = User name of the broker login
setting-password-command = Command that prints the password
setting-password-file = File that holds the password
setting-password-keyring = Get the password from the desktop's keyring
setting-ca-file = CA to trust instead of the system's, in PEM
setting-cert-file = Your client certificate, in PEM
setting-key-file = The key of your client certificate, in PEM
setting-default-profile = Profile that papo opens without an ID
help-filter = Type to filter
help-none = no match
help-aliases = your aliases
help-also = also
whois-state = state
whois-client = client
whois-client-papo = papo
whois-client-plain = plain client: sends no receipts
whois-seen = last seen
whois-blocked = blocked
whois-blocked-yes = yes; /unblock { $user } undoes it
whois-groups = groups
whois-session = session
whois-session-open = { $topic }, open since { $at }
whois-session-ended = { $topic }, of { $at }, ended
whois-leader = leader
whois-members = members
whois-topic = topic
whois-none = none
whois-me = this is you
log-empty = No notices yet.
log-title = Notices
outbox-title = Outbox
outbox-waits = waiting
outbox-waits-because = waiting: { $why }
outbox-group-unknown = the broker does not know the group yet
outbox-name-taken = another group has the name
setup-title-more = papo, PgUp for more
setup-keys-only = Enter: start · Esc: quit
setup-keys-fixed = Enter: start as { $id } · Tab: edit the ID · Esc: quit
setup-keys-fixed-next = Enter: next · Tab: edit the ID · Esc: quit
setup-keys-next = Enter: next · Tab: other field · Esc: quit
setup-keys-last = Enter: start · Tab: other field · Esc: quit

# In line mode
lines-not-saved = cannot save: { $why }
lines-saved-again = saving works again
lines-online = { $user } is online
lines-offline = { $user } is offline
lines-delivered = delivered to { $name }
lines-fit = { $count } completions: { $words }
lines-warning = warning: { $error }
lines-before = earlier messages ({ $count }):
lines-before-end = end of earlier messages
list-users-empty = users: none yet. /request ID asks someone whose ID you know
list-groups-empty = groups: none yet. /group new NAME creates one
list-inbox-empty = inbox: no requests yet
list-chats-empty = chats: none yet. /request ID asks someone to chat
list-chats-none = chats: no match
list-log-empty = notices: none yet
list-nothing = nothing
list-commands = commands:
list-keys = keys:
list-asked-chat = chat with { $who }
list-asked-join = join #{ $group }, led by { $who }
list-asked-invite = invite { $who } to #{ $group }
list-asked-lead = hand the lead of #{ $group } to { $who }
list-outbox-help = outbox: /resend N sends a message again, /edit N edits it, /drop N drops it
lines-word-or-no = { $word }, or { $no }?
lines-question-cancels = anything else cancels
lines-held = { $name } (not sent)
label-warning = warning
label-error = error
label-request = request
label-answer = answer
label-question = question
lines-as-of = this list is as of { $time }
lines-no-chat = no chat is open. /request ID asks someone to chat, /chats lists all chats, /help shows more
lines-hello = papo: you are { $me }, on { $broker }. /help lists commands and keys
lines-unread = unread: { $count } in { $name }. /chats { $name } opens it
lines-connecting = connection: connecting
lines-connected = connection: online
lines-reconnecting = connection: offline, papo keeps trying: { $why }
lines-stopped = connection: stopped: { $why }
lines-login = login: type the password and press Enter; it is not shown. { $key }: other user name, Esc: close
lines-login-name = login: type the user name and press Enter. { $key }: password, Esc: close
lines-deaf = connection: online, but { $why }
you = you
lines-leaderless = no leader
lines-led-by = led by { $leader }
lines-with = { $leader }, with { $members }
lines-not-seen = not seen yet
lines-opened = chat: { $name } is open. /chats { $name } shows it
lines-both-ended = the session has ended
lines-left = you have left
lines-removed = the leader removed you
lines-disbanded = the group has ended

# The words for yes and no, with spaces between them. The first one is shown.
answers-yes = yes y
answers-no = no n

# The first page
welcome = Welcome, { $me }. Your broker is { $broker }.
welcome-left = Left: users, groups and inbox
welcome-left-more =
    { $users } goes to the users: press Enter to ask one to chat, or { $start } to chat with someone by ID. { $groups } goes to the groups: { $new } creates one. { $inbox } goes to the inbox, which holds requests to you until you accept ({ $accept }) or deny ({ $deny }) them.
welcome-right = Right: your chats, one tab each
welcome-right-more =
    { $chat } goes to the composer, { $send } sends. … means saved on your disk, ✓ accepted by the broker, ✓✓ delivered. A line that starts with / is a command, such as /help or /quit.
welcome-anywhere = Anywhere
welcome-anywhere-more =
    { $go_to } goes to anything by name, { $help } shows all keys, { $quit } quits. The bottom line shows the keys that work where you are.
welcome-title-more = papo, ↓ for more
welcome-close = { $close } closes this page; /welcome shows it again.
setup-welcome = papo is a messenger whose only server is an MQTT broker.
setup-id-rule = Others write to you by your ID, so it must be unique on the broker. Use letters, digits, . and -, for example your name.
setup-id = Your ID:
setup-broker = Broker, HOST or mqtt://HOST:PORT. If none runs on this machine, papo starts its own here:
setup-broker-short = Broker:
setup-leaves = Esc quits.
setup-new = Start as the new user { $id }? This ID is new on this machine.
setup-new-near = Start as the new user { $id }? Did you mean papo { $command }?
setup-is-open = papo is already open as { $id }.
setup-is-open-another = papo is already open as { $id }. Choose another ID to open a second papo.

# Questions about the broker that this papo runs
hosting-others =
    { $count ->
        [one] { $count } other user is connected to the broker that this papo runs.
       *[other] { $count } other users are connected to the broker that this papo runs.
    }

# More of the lists
users-title = Users
groups-title = Groups
inbox-title = Inbox
users-online = { $online } of { $all } online
users-online-short = { $count } online
users-online-as-of = { $online } of { $all } online as of { $time }
users-as-of = { $online } of { $all } as of { $time }
users-as-of-short = { $count } as of { $time }
list-as-of = as of { $time }

# States of a request
answer-none = pending
answer-accepted = accepted
answer-denied = denied
answer-withdrawn = cancelled
answer-ignored = ignored

# More in line mode
or = or
presence-online = online
presence-offline = offline
presence-unknown = unknown
lines-broker = broker:
lines-id = your ID:
lines-chat = chat: { $name }{ $about }
lines-plain = not using papo
lines-active = shown
lines-arrived = arrived { $at }
lines-failed = not delivered: { $why }
list-user = user: { $user }, { $about }
list-group = group: #{ $group }, { $about }
list-inbox = inbox: { $what }
list-outbox = outbox { $number }: to { $to }: { $what } ({ $state })
list-found = found: { $message }
list-search = search: { $found }
list-hits-above = the latest { $count } are above
outbox-refused = refused: { $why }
search-more = more than { $count } found

# Why a message was not sent
damaged-left-out =
    { $count ->
        [one] One message is damaged and was left out; papo check shows which.
       *[other] { $count } messages are damaged and were left out; papo check shows which.
    }
history-none = No chat is called { $name }; leave out the name to get all chats
refused-not-allowed = the broker does not allow it
refused-topic = the broker does not accept the topic
refused-content = the broker does not accept the content
refused-too-large = it is larger than the broker accepts
refused-quota = a limit of the broker is used up
refused-not-in-group = the group has ended, or you are no longer in it

# What a name may be
name-empty = a name needs at least one character
name-too-long = a name has at most { $longest } characters
name-start = a name starts with a letter or a digit
name-character = { $character } is not allowed in a name: use letters, digits, . and -
name-invisible = { $character } is invisible and not allowed in a name
name-reserved = this word is reserved by the protocol
name-form = a name must be in Unicode normal form C

# Why there is no connection
reason-nobody-there = nothing listens on { $what }; start a broker: { $command }
reason-nobody-there-remote = nothing listens on { $what }; check the address, or start a broker there
reason-host-not-found = host { $what } not found; check the spelling and the network
reason-no-interface = no network interface { $what } on this machine; check what follows the % in the broker's address
reason-no-zone = { $what } has a link-local address; add the interface, as in mqtt://[fe80::1%25eth0]
reason-unreachable = { $address } is unreachable: { $detail }; check the network
reason-not-mqtt = the server at { $what } is not an MQTT broker; check host and port
reason-no-socket = no socket { $what }; check that the broker is running and listens there
reason-forbidden = permission denied for { $what }; ask the operator of the broker
reason-no-tls = the server at { $what } does not speak TLS; use mqtt:// or ws://, or check the port
reason-unknown-issuer = the certificate of { $what } comes from an unknown CA; set ca_file to the certificate of its CA
reason-expired = the certificate of { $what } has expired; ask the operator of the broker to renew it
reason-not-yet-valid = the certificate of { $what } is not valid yet; check the clocks
reason-wrong-name = the certificate of { $address } is for { $names }; use one of these names in the broker's address
reason-bad-certificate = the certificate of { $address } cannot be trusted: { $detail }
reason-certificate-wanted = the broker requires a client certificate; set cert_file and key_file
reason-certificate-refused = the broker does not accept your certificate; check cert_file and key_file
reason-tls = no TLS connection to { $address }: { $detail }
reason-no-websocket = { $address } does not offer MQTT over WebSocket ({ $detail }); check port and path
reason-hung-up = { $what } closed the connection without an answer; it may not speak { $protocol }, or it is a load balancer and no broker behind it is up
reason-old-mqtt-only = the broker does not speak MQTT 5, which papo needs; update it or use another
reason-client-id-refused = the broker refuses the client ID { $what }; choose another profile or user ID
reason-login-required = this broker wants a login: set user and password_command, or PAPO_USER and PAPO_PASSWORD
reason-too-many-attempts = too many failed logins; wait about a minute before the next attempt
reason-bad-credentials = the broker does not accept this user name or password; check both
reason-not-authorized = the broker refuses this user; check user name, password and access rules
reason-banned = the broker has banned this client; ask its operator
reason-authentication-method = the broker requires a login method that papo does not support; ask its operator
reason-refused = the broker refuses the connection ({ $what }); ask its operator
reason-busy = the broker is busy or not ready ({ $what })
reason-no-retain = the broker does not support retained messages, which papo needs; enable them or use another broker
reason-no-qos-one = the broker does not support QoS 1, which papo needs; enable it or use another broker
reason-no-receive-maximum = the broker announces a receive maximum of 0, so papo can send nothing; raise it or use another broker
reason-packet-limit = the broker accepts packets of at most { $most } bytes, and papo needs { $least }; raise its limit or use another broker
reason-taken-over = another client connected with the same ID; check whether papo is running elsewhere
reason-taken-again = another client keeps connecting with the same ID; stop it, or choose another ID
reason-in-use = this ID is in use on another device
reason-repeatedly-aborted = the broker keeps closing the connection soon after it begins; check whether this ID is in use elsewhere
reason-closed = the broker or the network closed the connection
reason-ended-by-broker = the broker closed the connection ({ $what })
reason-no-answer = { $what } does not answer; check the network and that it is an MQTT broker
reason-packet-too-large = a message was larger than the broker had agreed to
reason-violation = the broker violated MQTT 5 ({ $what })
reason-asked = reconnecting on request
reason-resting = offline while papo is suspended
code-server-unavailable = server unavailable
code-server-busy = server busy
code-quota-exceeded = quota exceeded
code-connection-rate-exceeded = too many connections at once
code-message-rate-too-high = too many messages at once
code-unspecified-error = no reason given
code-server-moved = it has moved to another address
code-not-authorized = it does not allow a publication or subscription
code-server-shutting-down = it is shutting down
code-keep-alive-timeout = keep-alive timeout
code-administrative-action = by its operator
code-maximum-connect-time = maximum connection time reached
stopped = { $why } ({ $helps })
stopped-takes = /reconnect takes the ID back
stopped-watches = /reconnect takes the ID back; papo connects when it is free
stopped-tries = /reconnect tries again
subscribe-refused = the broker refuses the subscription to { $topics }; ask its operator to allow it
control-refused = no one can reach you: the broker refuses the subscription to { $topic }; ask its operator to allow it

# What went wrong on this machine
file-kept = { $why }; nothing was changed
exported =
    { $count ->
        [one] Exported { $count } message to { $file }
       *[other] Exported { $count } messages to { $file }
    }
salvage-question =
    { $why }
    Salvage what can be read? The damaged file is kept beside the new one. ({ $yes }: salvage, Enter: quit)
salvaged =
    { $messages ->
        [one] Salvaged { $messages } message; the damaged history is kept as { $file }
       *[other] Salvaged { $messages } messages; the damaged history is kept as { $file }
    }
export-failed = Export failed: { $why }
editor-not-started = Cannot start { $program }: { $why }
editor-failed = The editor failed ({ $status }); your text is unchanged
editor-lost = Lost contact with the editor: { $why }
editor-kept = { $why }; your text is in { $file }
editor-too-much = Text too long for a message: { $size } bytes
damaged-unseen =
    { $count ->
        [one] { $count } message is damaged and cannot be shown; run papo check
       *[other] { $count } messages are damaged and cannot be shown; run papo check
    }
damaged-unsent =
    { $count ->
        [one] { $count } message is damaged and may not be resent; run papo check
       *[other] { $count } messages are damaged and may not be resent; run papo check
    }
damaged-values =
    { $count ->
        [one] { $count } entry of the history is damaged; papo check { $id } shows which
       *[other] { $count } entries of the history are damaged; papo check { $id } shows which
    }

# The command line
doctor-address = { $addresses }, TCP connect time { $time }
doctor-tls = { $version }, certificate SHA-256 { $fingerprint }
doctor-tls-local = none, and none is needed on the same machine
doctor-tls-none = none: anyone on the network path can read and change everything
doctor-tls-advice = use mqtts:// or wss://, unless you trust the network
doctor-delivery = publications arrive
doctor-delivery-bad = publications do not arrive
doctor-delivery-advice = allow this user to publish and subscribe to papo's topics; papo acl writes rules for mosquitto
doctor-retained = retained messages work
doctor-retained-bad = retained messages do not work
doctor-retained-advice = enable them: papo keeps presence and groups in them
doctor-large = a message of 64 KiB goes through
doctor-large-bad = a message of 64 KiB does not go through
doctor-large-advice = allow packets of 128 KiB
doctor-will = last wills are published: a user who loses the connection is shown as offline
doctor-will-bad = last wills are not published: a user who loses the connection stays online
doctor-will-advice = allow last wills
doctor-running = is running with this profile and was not disturbed
doctor-running-advice = papo is running with this profile and was not disturbed; quit it and try again
doctor-trouble-advice = the checks after this one were skipped
doctor-needs-id = needs a second client ID, and the broker binds IDs to logins
doctor-session = kept as long as papo asks
doctor-session-short = kept for only { $seconds } s: users who are away longer miss messages that only the broker has
doctor-session-advice = keep sessions for 30 days (mosquitto: persistent_client_expiration)
doctor-wildcards-bad = subscriptions with # are refused
doctor-wildcards-advice = allow them: papo reads its lists with them
doctor-limits = receive maximum { $window }, packets of any size
doctor-limits-packets = receive maximum { $window }, packets of at most { $bytes } bytes
doctor-keepalive = the broker sets { $seconds } s
doctor-latency = { $one } from publishing to receiving, { $many } in a burst
doctor-latency-slow = { $one } from publishing to receiving, { $many } in a burst, but a round trip takes { $trip }
doctor-latency-advice = make the broker send small packets at once (mosquitto: set_tcp_nodelay true)
doctor-queue = sessions resume, with all of { $count } queued messages
doctor-queue-some = sessions resume with { $queued } of { $all } queued messages; papo asks the senders for the rest
doctor-queue-some-advice = queue all messages (mosquitto: max_queued_messages 0)
doctor-queue-bad = sessions do not resume after a disconnect
doctor-queue-advice = keep sessions: papo can ask for missing messages only while the sender is online
doctor-privacy = the control topics of other users cannot be read
doctor-privacy-bad = everyone who can log in can read the requests and messages of others
doctor-privacy-advice = papo's own broker separates users (papo broker user add); papo acl explains what mosquitto can do
doctor-ids = a client ID is bound to its login
doctor-ids-bad = any client can use any ID, as the check did with { $id }
doctor-ids-advice = bind client IDs to logins (mosquitto: use_username_as_clientid true)
doctor-bridge = bridged with other brokers: { $names }
doctor-bridge-bare =
    { $count ->
        [one] 1 user is online without papo's properties: a plain client, or beyond a bridge that uses MQTT 3.1.1
       *[other] { $count } users are online without papo's properties: plain clients, or beyond a bridge that uses MQTT 3.1.1
    }
doctor-bridge-named-bare =
    { $count ->
        [one] bridged with other brokers ({ $names }), and 1 user is online without papo's properties: the bridge may use MQTT 3.1.1
       *[other] bridged with other brokers ({ $names }), and { $count } users are online without papo's properties: the bridge may use MQTT 3.1.1
    }
doctor-bridge-advice = a bridge has to use MQTT 5 (mosquitto: bridge_protocol_version mqttv50), or there are no receipts
doctor-failed = cannot connect to { $brokers }
late-delivered = not delivered
late-read = not read
late-answer = no answer
late-broker = not accepted by the broker
late = { $what } after { $seconds } s{ $then }
late-request-follows = ; papo sends the request as soon as it can
late-follows = ; papo sends it as soon as it can
late-interrupted = interrupted{ $then }
check-done = checked { $count } entries, { $damaged } damaged
check-file = history file: { $why }
check-damaged = the history is damaged; the rest can still be read
check-unreadable = cannot read the history: { $why }
check-salvaged = salvaged { $messages } messages from { $conversations } chats
check-kept = the damaged file is kept as { $file }
no-history = no history in { $folder }
export-done = exported { $count } messages to { $file }
export-damaged = { $count } messages are damaged and were left out; papo check shows which
import-line = line { $number }: { $why }
import-foreign = { $count } messages belong to chats without { $me } and were refused
import-unverified = papo cannot verify who wrote imported messages; trust them as far as you trust the file
import-done = messages: { $new } new, { $known } known, { $refused } refused
import-nothing = nothing was imported
