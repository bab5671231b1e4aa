### What papo says, in English. This file has every text: what another language's file lacks is said as here.
### The syntax is that of Fluent, https://projectfluent.org. What stands in braces is filled in. Blanks around
### a text do not count.

# What a key can do
action-next_pane = next pane
action-previous_pane = previous pane
action-focus_users = users
action-focus_groups = groups
action-focus_inbox = inbox
action-focus_chat = chat
action-next_tab = next talk
action-previous_tab = previous talk
action-tab_1 = first talk
action-tab_2 = second talk
action-tab_3 = third talk
action-tab_4 = fourth talk
action-tab_5 = fifth talk
action-tab_6 = sixth talk
action-tab_7 = seventh talk
action-tab_8 = eighth talk
action-tab_9 = ninth talk
action-close_tab = close tab
action-next_unread = next unread
action-page_up = page up
action-page_down = page down
action-oldest = oldest message
action-newest = newest message
action-help = help
action-redraw = redraw
action-suspend = suspend
action-interrupt = clear line, or leave
action-cancel = close, back to newest
action-quit = leave papo
action-up = up
action-down = down
action-first = first
action-last = last
action-open = open
action-talk_to = talk to an id
action-request = request
action-invite = invite
action-new_group = new group
action-join = ask to join
action-leave = leave
action-members = members
action-disband = disband
action-remove = remove
action-hand_over = hand over the lead
action-accept = accept
action-deny = deny
action-waiting = waiting
action-history = history
action-confirmations = confirmations
action-withdraw = stop asking
action-toggle_lists = hide or show the lists
action-log = what papo said
action-outbox = outbox
action-send_again = send again
action-edit = edit
action-drop = drop
action-go_to = go to
action-talks = all talks
action-search = search
action-change_scope = this talk or all
action-next_found = next found
action-previous_found = previous found
action-choose = choose a message
action-reply = reply
action-details = who has it
action-to_answered = go to what it answers
action-failed = resend or drop
action-copy = copy
action-open_link = open its link
action-editor = open $EDITOR
action-send = send
action-new_line = new line
action-complete = complete, or next pane
action-complete_back = back

# Where a key does it
context-global = global
context-list = list
context-users = users
context-groups = groups
context-inbox = inbox
context-members = members
context-outbox = outbox
context-find = find
context-messages = messages
context-composer = composer

# What a command does
command-msg = write in the open talk with somebody
command-reply = answer the last message of another in the talk in front
command-request = ask for a talk
command-accept = accept the oldest request, or somebody's
command-deny = deny the oldest request, or somebody's
command-inbox-clear = deny all requests in the inbox, after a question
command-withdraw = take back your latest request, or that to somebody
command-group-new = create a group
command-group-invite = invite to a group
command-group-kick = remove a member
command-group-lead = hand over the lead
command-group-claim = take the lead, where the leader is gone for good
command-group-leave = leave a group
command-group-disband = end a group
command-join = ask to be let into a group
command-leave = leave the group in front
command-block = hear nothing of somebody any more
command-unblock = hear of somebody again
command-forget = have everybody forget a user who is gone for good
command-end = want to end the talk in front
command-close = close the tab in front
command-notify = what is told of the talk in front
command-mute = nothing is told of the talk in front
command-talks = all talks, those that have ended among them
command-search = look for words in what was said
command-copy = copy the last message of the talk in front
command-open = open the last link in it
command-export = write what was said in the talk in front to a file
command-log = what papo has said so far
command-outbox = what waits for the broker, and what it refused
command-resend = send a refused message again: the last here, or number N there
command-edit = edit a message that waits or was refused, else your last one here
command-drop = do not send it
command-reconnect = connect now
command-reload = keys, colours and notices as the files say now
command-hide = do not show a list, or any
command-show = show a list, or all
command-set = change a key of the configuration, as ui.theme
command-help = this help
command-welcome = the screen explained in one page
command-quit = leave papo
command-slash = a message that starts with a slash

# Lines that are no command
list-unknown = there is no list { $word }; there are users, groups and inbox
usage = usage: { $usage }
command-fewer-words = /{ $name } takes fewer words; F1 shows all commands
command-unknown = there is no { $before }{ $name }; did you mean { $before }{ $nearest }? (// for a slash)
command-none = there is no { $before }{ $name } (// for a slash)
command-number = the number is that of a row in /outbox
completion-none = nothing fits to complete this
search-none = nothing was found; Ctrl-F looks for something
search-at-latest = this is the latest that was found
search-at-last = this is the last that was found
search-all-talks = all talks

# What was asked of me
somebody = somebody
asks-talk = { $who } wants to talk
asks-join = { $who } asks to be let into #{ $group }
asks-invite = { $who } invites you to #{ $group }
asks-lead = { $who } has handed you the lead of #{ $group }; to deny gives it back
asks-session = { $who } says that you have a talk, which this papo does not know
answers-with-commands = { "." } /accept{ $who } or /deny{ $who }
answers-here = : { $yes } accepts, { $no } denies
answers-in-inbox = : { $inbox }, then { $yes } accepts, { $no } denies

# What a key or a command has to say
unread-none = nothing is unread
writing-already = something is being written already; send or clear it first
writing-already-there = something is being written there already; send or clear it first
talk-none-to-send = no talk is open to send this to; /request ID asks for one
waiting-none = no such message waits; /outbox shows what does
talk-none-in-front = no talk is in front
notices-all = every message here is told
notices-mentions = messages here are told where they name you
notices-never = no message here is told
talk-none-yet = there is no open talk with { $user }; papo request asks for one
talk-none-with = there is no open talk with { $user }; /request { $user } asks for one
end-is-for-two = /end is for a talk of two; a group is left with /leave
request-none-waits = no such request waits for an answer
group-which = which group? name it, or bring its tab to the front
selected-nobody = nobody is selected; t asks for an id
groups-none = there is no group; n makes one
selected-nothing = nothing is selected
open-nothing = there is nothing to open yet
member-another = choose another member
edit-only-own = only what you wrote yourself can be edited
edit-not-this = this cannot be edited
reply-nothing = there is no message here that could be answered
edit-nothing = you have written nothing here that could be edited
answered-not-here = what it answers is not here, or was said too long ago
answered-none = this answers nothing
resend-nothing = the broker has this; there is nothing to send again
copied = copied, where the terminal allows it
withdraw-nothing = no request of yours waits for an answer
copy-nothing-here = there is no text here to copy
link-none-here = there is no link here
copy-nothing = this is no text to copy
link-none = there is no link in this
link-opens = opens { $link }
link-opens-first = opens { $link }, the first of { $count }
link-opens-earlier = opens { $link } from an earlier message by { $author }

# Where there are no panes
lines-no-panes = there are no panes here; /help says what there is
lines-no-scrolling = nothing scrolls here but the terminal; page up prints what was said before
lines-nothing-before = nothing was said before
lines-no-go-to = nothing opens over the lines here; /talks NAME goes to a talk
lines-no-choosing = messages cannot be chosen here; /copy takes the last, /open its link
lines-search = write /search WORDS

# Notices
ignored-several = ignored { $count } publications; the log has the first of them
has-written = { $author } has written
store-failing = the history cannot be written: { $why }
connected = connected to { $broker }
not-connected = not connected: { $why }
remote-leaves = papo has left; what was asked goes on with its next start
list-so-far = this is what has come so far; the rest has not come in time
request-is-open = there is an open chat with { $user } already
reloaded = keys, colours and notices are as the files say now; what is about the connection waits for the next start
not-sent = a message was not sent: { $failure }; /outbox shows it
group-was-earlier = somebody had created #{ $group } earlier; you have asked to join it
lead-is-yours = you lead #{ $group } now
lead-was-taken = you were away for long: { $leader } has taken the lead of #{ $group }
answer-talk-yes = { $who } accepted your request
answer-talk-no = { $who } denied your request
answer-join-yes = you are in #{ $group } now
answer-join-no = { $who } did not let you into #{ $group }
answer-invite-yes = { $who } comes into #{ $group }
answer-invite-no = { $who } does not want to come into #{ $group }
answer-lead-yes = { $who } leads #{ $group } now
answer-lead-no = { $who } has given the lead of #{ $group } back
id-elsewhere = { $me } is in use on another device; /reconnect takes the id back

# The outbox
outbox-other-prefix = written under another topic prefix
outbox-request = asks for a talk
outbox-accepted = accepts a talk
outbox-denied = says no
outbox-invite = invites to #{ $group }
outbox-receipt = a receipt
outbox-disbanded = is disbanded
outbox-record = the group's record
outbox-enter = asks to be let in
outbox-leave = leaves
outbox-joined = comes in
outbox-presence = presence
outbox-empty = the outbox is empty: the broker has taken everything
outbox-no-talk = this belongs to no talk; it goes by itself
outbox-only-text = only a text can be edited
earlier-message = an earlier message

# Questions and lines to be typed
prompt-talk-to = Talk to (id)
prompt-new-group = New group (name)
prompt-invite-to = Invite to #{ $group } (id)
prompt-invite-user = Invite { $user } to (group)
prompt-that-is-you = that is you
prompt-group-exists = #{ $group } exists
prompt-group-not-in = you are not in #{ $group }
question-quit = Leave papo?
question-quit-hosting = { $who } Leave and stop it?
question-suspend-hosting = { $who } Suspend and halt it?
question-paste = Paste { $count } lines?
question-accept = Accept?
question-accept-of = Accept the request of { $who }?
question-deny-all =
    { $count ->
        [one] Deny the pending request?
       *[other] Deny all { $count } pending requests?
    }
question-disband = Disband #{ $group } for all its members?
question-leave = Leave #{ $group }?
question-remove = Remove { $user } from #{ $group }?
question-hand-over = Hand the lead of #{ $group } to { $user }?
question-forget = Clear the presence of { $user } on the broker, for everybody?

# What cannot be done, what was done, and what was ignored
overlooked-blocked = ignored a publication by a user whom you have blocked
overlooked-nameless = ignored a control message that names no sender
overlooked-outside = ignored a message in a chat that has ended for you
overlooked-own = ignored a publication that names you as its sender
overlooked-repeated = ignored a publication that has come before
overlooked-other-owner = ignored a control message to { $owner }
overlooked-other-device = ignored a control message about what another device of yours wrote in { $id }
overlooked-no-chat = ignored a control message about { $id }, which is no open chat of yours with its sender
overlooked-unwritten = ignored a receipt for your message { $n } in { $id }, which you have not written yet
overlooked-unasked = ignored a denial by { $from }, which answers no request of yours
overlooked-not-led = ignored a request about #{ $name }, which you do not lead
overlooked-in-already = ignored an invitation to #{ $name }, which you are in
overlooked-paced = ignored a request for the record of #{ $name }, which was sent a moment ago
overlooked-no-member = ignored a publication about #{ $name } by a user whom its record does not list
overlooked-no-group = ignored a publication about #{ $name }, a group that is not known
overlooked-created = ignored the creation of #{ $name }, a group that is known
overlooked-copy = ignored news of #{ $name } for clients that do not read its record
overlooked-outdated = ignored an outdated record of #{ $group }
ignored-publication = ignored a publication: { $error }
ignored-forged = ignored a publication that comes in the name of another than its sender
ignored-own-control = ignored a control message that names me as its sender
retained-there = the broker keeps a message on { $topic }, which was published with retain: it counts once
ignored-stranger = ignored a message in { $id } by somebody who is not in it
ignored-record = ignored a record of #{ $group } that was not by its leader
ignored-end = ignored the end of #{ $name } that was not by its leader
full-groups = #{ $name } is not taken into the list of groups, which is full
full-users = { $id } is not taken into the list of users, which is full
full-inbox = the inbox is full: a request of { $who } is not taken in
full-inbox-of-one = { $limit } requests of { $who } wait for your answer: one more is not taken in
block-self = you cannot block yourself
block-already = { $user } is blocked
block-done = you hear nothing of { $user } any more
unblock-not = { $user } is not blocked
unblock-done = { $user } can ask you again
send-end-alone = END alone ends a talk; it answers nothing
send-no-conversation = there is no such conversation
send-length = a message has at most { $limit } bytes
copy-tmux = not copied: tmux refused it ({ $why })
send-blank = there is no text to send
talk-over-both = this talk is over: both have ended it
group-left = you have left this group
group-removed = you are no longer in this group
group-disbanded = this group was disbanded
create-offline = offline: a group is created once the broker can say whether its name is free
create-exists = #{ $name } exists and is led by { $leader }; ask to join it
join-none = there is no group #{ $name }; you can create it
join-in-already = you are in #{ $name }
join-asked-away = asked { $leader }, who is away, to be let into #{ $name }
join-asked = asked { $leader } to be let into #{ $name }
join-asked-nobody = asked to be let into #{ $name }, whose leader is not known yet
invite-only-members = only those who are in #{ $name } can invite to it
member-already = { $user } is in #{ $name }
invited = invited { $user } to #{ $name }
member-not = { $user } is not a member of #{ $name }
removed = removed { $user } from #{ $name }
lead-handed = handed the lead of #{ $name } to { $user }, who may give it back
group-not-in = you are not in #{ $name }
leave-leader = you lead #{ $name }: hand it over to a member or disband it
left = left #{ $name }
disbanded = disbanded #{ $name }
only-leader = only the leader of #{ $name } can do that
member-new = { $user } is in #{ $name } now
lead-given-back = gave the lead of #{ $name } back to { $peer }
lead-former-gone = who led #{ $name } is not in it any more; hand it to another or disband it
claim-own = you lead #{ $name }
claim-offline = whether { $leader } is here is not known without a connection
claim-seen = { $leader } leads #{ $name } and has been seen within the last { $days } days
claim-first = only the first of its members, { $first }, can take the lead of #{ $name }
nobody = nobody
forget-self = you cannot forget yourself
forget-not-connected = forgetting { $user } needs a connection to the broker
forget-too-early = the broker is still sending who is here; try again to forget { $user }
forget-online = { $user } is online; only a user who is gone for good can be forgotten
forget-unknown = the broker holds no presence of { $user }
forget-not-allowed = the broker does not let you forget { $user }; it may let only { $user } change that presence
forget-refused = { $user } is not forgotten: { $why }
forget-cut = { $user } may not be forgotten: the connection ended before the broker had answered; try again
forgotten = forgot { $user }; a user who connects again is listed again
forgotten-stays = cleared the presence of { $user }, who stays in your list for a chat, request, group or block
publication-refused = not sent to { $to } ({ $what }): { $why }
drop-only-waiting = only a message that waits or was refused can be dropped
outbox-no-such = there is no such message in the outbox
outbox-by-itself = it goes by itself as soon as the broker takes it
outbox-unreadable = it cannot be read back; write it anew
outbox-talk-over = this conversation is over; the message can only be dropped
request-self = you cannot ask yourself for a talk
request-again = asked { $user } again
request-done = asked { $user } for a talk
withdraw-only-own = only a request of yours without an answer can be taken back
withdraw-lead = the lead of #{ $group } is handed over already; it can only be given back
request-answered = this request does not wait for an answer
end-already = you have ended this talk; it closes when the other ends it too
talk-over = this talk is over

# The chat
chat-none = No conversation is open. Choose a user or a group and press Enter.
chat-empty = Nothing has been said yet. Write below and press Enter.
chat-ask = /request ID asks for a talk, /help shows more
chat-write-plain = Write to { $name }, a plain peer: its ticks end at ✓
chat-write = Write to { $name }
chat-closed = Both of you have ended this talk.
chat-left = You have left this group.
chat-removed = The leader has removed you from this group.
chat-disbanded = This group has been disbanded.
message-unreadable = a message that cannot be read
messages-new = { $count } new
looks-like = looks like { $known }
user-looks-like = { $id } (looks like { $known })
message-edited = (edited)
message-empty = (empty message)
message-foreign = { "[" }{ $content_type }, { $size } bytes: this version cannot show it]
message-dropped = dropped
message-failed = ✗ not delivered: { $why }
end-by-me = you want to end the talk
end-by-peer = { $author } wants to end the talk
message-end = wants to end the talk
writing-reply = reply to { $author }
writing-edit = edit
writing-stops = ({ $key } stops)
typing-one = { $who } is writing…
typing-two = { $who } and { $other } are writing…
typing-several = { $count } are writing…

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
group-asked-away = (asked; ★ away)
group-asked = (asked)
users-empty = Nobody has shown up yet. Press { $key } to write to somebody whose id you know.
user-plain = plain
user-typing = typing…
inbox-empty = No request waits. { $history } history, { $confirmations } confirmations.
inbox-history-empty = No request has come yet. { $key } goes back.
inbox-confirmations-empty = You have asked nothing yet. { $key } goes back.
inbox-history = history
inbox-confirmations = confirmations
inbox-talk = { $peer } wants to talk
inbox-my-talk = { $peer } to talk
inbox-invite = { $peer } invites to #{ $group }
inbox-lead = { $peer } hands you #{ $group }
inbox-session = { $peer } says you talk

# The header
header-not-saved = ✗ nothing can be saved: { $why }
header-connecting = ◌ connecting
header-online = ● online
header-again = ○ trying again in { $seconds } s
header-requests =
    { $count ->
        [one] { $count } request
       *[other] { $count } requests
    }
header-unread = { $count } unread
header-refused = { $count } refused
header-outbox = outbox { $count }

# Tabs
phase-ending = ending
phase-ended = ended
phase-left = left
phase-removed = removed
phase-disbanded = disbanded

# Over the panes
confirm-enter = Enter confirms, Esc cancels
confirm-title = Sure?
confirm-keys = { $yes } yes   { $no } no
members-leads = ★ leads
details-title = Message
details-by = by
details-on = on
details-edited = edited since
details-clock = ~ time of arrival: the sender's clock is off by more than a day
details-answers = answers
details-edits = edits
details-failed = failed
details-plain = nobody tells whether it has come
details-read = has read it
details-has = has it
details-has-not = does not have it yet
talks-title = Talks
talks-none = no talk has such a name
talks-count =
    { $count ->
        [one] { $count } talk
       *[other] { $count } talks
    }
talks-placeholder = a name
palette-title = Go to
palette-none = nothing fits
palette-what = talks, users, groups, commands
palette-placeholder = letters of a name
palette-talk = talk
palette-online = online: ask for a talk
palette-user = ask for a talk
palette-group = ask to join
search-title = Search in { $place }
search-placeholder = words that were said
search-case = Case and accents do not matter; "in quotes" accents do
search-then = { $count } found, then: { $why }
search-latest = the latest { $count }
search-nothing = nothing found
search-found = { $count } found
search-looking = { $count } found, looking …
search-widen = { $found }   { $key } looks in all talks
search-narrow = { $found }   { $key } looks in this talk only
messages-count =
    { $count ->
        [one] { $count } message
       *[other] { $count } messages
    }
help-title-more = Keys and commands, ↓ for more
help-title = Keys and commands
help-tabs = first to { $last }
help-commands = commands
log-empty = Nothing has been said so far.
log-title = What papo said
outbox-title = Outbox
outbox-waits = waits
setup-title-more = papo, PgUp for more
setup-start = Enter starts, Esc leaves

# In lines
lines-not-saved = nothing can be saved: { $why }
lines-saved-again = what is said can be saved again
lines-online = { $user } is online
lines-offline = { $user } is offline
lines-delivered = delivered: { $name } has what you wrote
lines-fit = { $count } fit: { $words }
lines-question = question: { $question } { $yes } for yes, { $no } for no
lines-warning = warning: { $error }
lines-before = { $count } messages before:
lines-before-end = end of what was before
list-users-empty = users: nobody has shown up yet. /request ID asks somebody whose id you know
list-groups-empty = groups: none yet. /group new NAME creates one
list-inbox-empty = inbox: nothing has been asked yet
list-talks-empty = talks: none yet. /request ID asks for one
list-talks-none = talks: none has such a name
list-log-empty = papo: nothing has been said so far
list-nothing = nothing
list-commands = commands:
list-keys = keys:
list-asked-talk = you asked { $who } for a talk
list-asked-group = you asked { $who } about #{ $group }
list-outbox-help = outbox: /resend N sends one again, /edit N takes it back, /drop N forgets it
lines-yes-no = { $yes } or { $no }?
label-warning = warning
label-error = error
label-request = request
label-answer = answer
lines-no-talk = no talk is open. /request ID asks for one, /talks lists all, /help shows more
lines-hello = papo: you are { $me }, on { $broker }. /help lists commands and keys
lines-unread = unread: { $count } in { $name }. /talks { $name } goes there
lines-connecting = connection: connecting
lines-connected = connection: online
lines-reconnecting = connection: offline, papo tries again: { $why }
lines-stopped = connection: stopped: { $why }
lines-deaf = connection: online, but { $why }
you = you
lines-leaderless = without a leader
lines-led-by = led by { $leader }
lines-with = { $leader }, with { $members }
lines-not-seen = not seen yet
lines-opened = talk: { $name } is open. /talks { $name } goes there
lines-both-ended = both of you have ended it
lines-left = you have left it
lines-removed = its leader has removed you
lines-disbanded = it has been disbanded

# The two letters that answer a question
key-yes = y
key-no = n

# The first page
welcome = Welcome, { $me }. Your broker is { $broker }.
welcome-left = Left: who there is
welcome-left-more =
    { $users } goes to the users; Enter asks one for a talk, { $talk } somebody whose id you know. { $groups } goes to the groups, where { $new } makes one. { $inbox } goes to the inbox: who asks you for something waits there until you accept ({ $accept }) or deny ({ $deny }).
welcome-right = Right: your talks, a tab for each
welcome-right-more =
    { $chat } goes to where you write, { $send } sends. … is on your disk, ✓ with the broker, ✓✓ with the other. A line that starts with / is a command: /help, /quit.
welcome-anywhere = Anywhere
welcome-anywhere-more =
    { $go_to } goes to anything by its name, { $help } shows all keys, { $quit } leaves. The line at the bottom says what can be done where you are.
welcome-title-more = papo, ↓ for more
welcome-close = { $close } closes this page; /welcome shows it again.
setup-welcome = papo is a chat whose only server is an MQTT broker.
setup-id-rule = Others write to you by your id, so it has to be yours alone on the broker: letters, digits, . and -, for example your name.
setup-id = Your id:
setup-broker = The broker, mqtt://HOST:PORT. If none runs on this machine, papo starts its own here:
setup-leaves = Esc leaves.
setup-new = Start as the new user { $id }?
setup-new-near = Start as the new user { $id }? Did you mean papo { $command }?
setup-is-open = papo is already open as { $id }.
setup-is-open-another = papo is already open as { $id }. Another id opens a second one.

# Questions about the broker that this papo runs
hosting-others =
    { $count ->
        [one] Somebody else is connected to the broker that this papo runs.
       *[other] { $count } others are connected to the broker that this papo runs.
    }

# More of the lists
users-title = Users
groups-title = Groups
inbox-title = Inbox
users-online = { $online } online of { $all }

# What became of a request
answer-asked = asked
answer-none = no answer yet
answer-accepted = accepted
answer-denied = denied
answer-withdrawn = withdrawn
answer-ignored = ignored

# More in lines
or = or
presence-online = online
presence-offline = offline
presence-unknown = unknown
lines-broker = broker:
lines-id = your id:
lines-talk = talk: { $name }{ $about }
lines-plain = without papo
lines-in-front = in front
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

# Why a message has not left
damaged-left-out = { $count ->
    [one] One message is damaged and was left out; papo check says which.
   *[other] { $count } messages are damaged and were left out; papo check says which.
}
history-none = there is no conversation { $name }; without a name all of them are written
refused-not-allowed = the broker does not allow it
refused-topic = the broker does not accept the topic
refused-content = the broker does not accept the content
refused-too-large = it is larger than the broker takes

# What a name has to be
name-empty = a name needs at least one character
name-too-long = a name has at most { $longest } characters
name-start = a name starts with a letter or a digit
name-character = { $character } is not allowed in a name: use letters, digits, . and -
name-invisible = { $character } is invisible and not allowed in a name
name-reserved = this word is reserved by the protocol
name-form = a name must be in Unicode normal form C

# Why there is no connection
reason-nobody-there = nobody listens at { $what }; is the broker running, and is the port right?
reason-host-not-found = no host named { $what } was found; check the spelling and the network
reason-no-interface = this machine has no network interface named { $what }; check what follows the % in the broker's address
reason-no-zone = { $what } has a link-local address; give the address and its interface, as in mqtt://[fe80::1%25eth0]
reason-unreachable = { $address } cannot be reached: { $detail }; check the network
reason-not-mqtt = what listens at { $what } is not an MQTT broker; check host and port
reason-no-socket = there is no socket { $what }; is the broker running, and does it listen there?
reason-forbidden = you may not use { $what }; ask whoever runs the broker
reason-no-tls = what listens at { $what } does not speak TLS; use mqtt:// or ws://, or check the port
reason-unknown-issuer = the certificate of { $what } is from nobody whom you trust; set ca_file to the certificate of its CA
reason-expired = the certificate of { $what } has expired; whoever runs the broker has to renew it
reason-not-yet-valid = the certificate of { $what } is not valid yet; check the clocks
reason-wrong-name = the certificate that { $address } shows is for { $names }; give the broker by such a name
reason-bad-certificate = the certificate of { $address } cannot be trusted: { $detail }
reason-certificate-wanted = the broker wants a certificate of yours; set cert_file and key_file
reason-certificate-refused = the broker does not accept your certificate; check cert_file and key_file
reason-tls = no safe connection to { $address }: { $detail }
reason-no-websocket = { $address } does not offer MQTT over WebSocket ({ $detail }); check port and path
reason-hung-up = { $what } hung up without an answer; papo needs an MQTT broker that speaks MQTT 5
reason-old-mqtt-only = the broker does not speak MQTT 5, which papo needs; use another or update it
reason-client-id-refused = the broker refuses the client id { $what }; choose another profile or user id
reason-bad-credentials = the broker does not accept this user name or password; check both
reason-not-authorized = the broker does not let this user in; check user name, password and its access rules
reason-banned = the broker has banned this client; ask whoever runs it
reason-authentication-method = the broker wants a way to log in that papo does not know; ask whoever runs it
reason-refused = the broker refuses the connection ({ $what }); ask its operator
reason-busy = the broker is busy or not ready ({ $what }); papo tries again
reason-no-retain = the broker keeps no retained messages, which papo needs; allow them or use another broker
reason-no-qos-one = the broker offers no QoS 1, which papo needs; allow it or use another broker
reason-no-receive-maximum = the broker lets papo send nothing (its receive maximum is 0); raise it or use another broker
reason-packet-limit = the broker takes packets of at most { $most } bytes, and papo needs { $least }; raise its limit or use another broker
reason-taken-over = another client has connected with the same id; is papo running elsewhere?
reason-taken-again = another client keeps connecting with the same id; end it, or choose another id
reason-in-use = this id is in use on another device
reason-repeatedly-aborted = the broker keeps hanging up soon after connecting; is this id in use elsewhere? papo tries again
reason-closed = the connection was closed by the broker or the network; papo tries again
reason-ended-by-broker = the broker ended the connection ({ $what }); papo tries again
reason-no-answer = { $what } does not answer; is it an MQTT broker, and is the network up? papo tries again
reason-packet-too-large = a message was larger than what was agreed with the broker; papo tries again
reason-violation = the broker broke the rules of MQTT 5 ({ $what }); papo tries again
reason-asked = connecting again as asked
reason-resting = offline while papo is suspended
code-server-unavailable = server unavailable
code-server-busy = server busy
code-quota-exceeded = quota exceeded
code-connection-rate-exceeded = too many connections at once
code-message-rate-too-high = too many messages at once
code-unspecified-error = no reason given
code-server-moved = it has moved to another address
code-not-authorized = it does not allow what papo sent
code-server-shutting-down = it is shutting down
code-keep-alive-timeout = it received nothing from papo for too long
code-administrative-action = by its operator
code-maximum-connect-time = it limits how long a connection may last
stopped = { $why } ({ $helps })
stopped-takes = /reconnect takes it
stopped-watches = /reconnect takes it; papo connects when it is free
stopped-tries = /reconnect tries again
subscribe-refused = the broker refuses the subscription to { $topics }; ask its operator to allow it
control-refused = nobody can reach you: the broker refuses the subscription to { $topic }; ask its operator to allow it

# What went wrong on this machine
file-kept = { $why }; all stays as it was
exported = { $count } messages written to { $file }
salvage-question =
    { $why }
    Rescue what can be read? The damaged file is kept beside the new one. ({ $yes } rescues, Enter leaves)
salvaged =
    { $messages ->
        [one] { $messages } message rescued; the damaged history is kept as { $file }
       *[other] { $messages } messages rescued; the damaged history is kept as { $file }
    }
export-failed = nothing could be written: { $why }
editor-not-started = { $program } cannot be started: { $why }
editor-failed = the editor has failed ({ $status }); what was written before stays
editor-lost = the editor is lost: { $why }
editor-kept = { $why }; it is in { $file }
editor-too-much = { $size } bytes are too much for a message
damaged-unseen =
    { $count ->
        [one] { $count } message is damaged and cannot be shown; run papo check
       *[other] { $count } messages are damaged and cannot be shown; run papo check
    }
damaged-unsent =
    { $count ->
        [one] { $count } message is damaged and may not be sent again; run papo check
       *[other] { $count } messages are damaged and may not be sent again; run papo check
    }
damaged-values =
    { $count ->
        [one] { $count } value of the history is damaged; papo check { $id } says which
       *[other] { $count } values of the history are damaged; papo check { $id } says which
    }
