//! A model of the store, which commits whole batches. It panics at the first operation that breaks an invariant of
//! the store.

use std::collections::BTreeMap;

use papo::{
    domain::{
        Body, ChatMessage, Conversation, ConversationId, DeliveryFailure, DeliveryProgress, Group, GroupName,
        MessageId, OpenTabs, Request, User, UserId,
    },
    protocol::{Operation, RowId, Run, Saved, SeenText, StoredRow},
};

/// The committed state of one program.
#[derive(Debug, Clone)]
pub struct Store {
    me: UserId,
    conversations: BTreeMap<ConversationId, Conversation>,
    progress: BTreeMap<(ConversationId, UserId), DeliveryProgress>,
    requests: BTreeMap<MessageId, Request>,
    groups: BTreeMap<GroupName, Group>,
    users: BTreeMap<UserId, User>,
    outbox: BTreeMap<RowId, StoredRow>,
    drafts: BTreeMap<ConversationId, String>,
    runs: BTreeMap<(UserId, u64), Run>,
    seen: BTreeMap<(String, u16), SeenText>,
    tabs: Option<OpenTabs>,
    messages: BTreeMap<ConversationId, Vec<ChatMessage>>,
    /// The other members of each group that I am in, and how many messages I had sent there when they joined.
    pub readers: BTreeMap<(GroupName, UserId), u64>,
}

impl Store {
    /// An empty store of the user `me`.
    pub fn new(me: UserId) -> Self {
        Self {
            me,
            conversations: BTreeMap::new(),
            progress: BTreeMap::new(),
            requests: BTreeMap::new(),
            groups: BTreeMap::new(),
            users: BTreeMap::new(),
            outbox: BTreeMap::new(),
            drafts: BTreeMap::new(),
            runs: BTreeMap::new(),
            seen: BTreeMap::new(),
            tabs: None,
            messages: BTreeMap::new(),
            readers: BTreeMap::new(),
        }
    }

    /// Commits a group of operations.
    pub fn commit(&mut self, operations: Vec<Operation>) {
        for operation in operations {
            self.apply(operation);
        }
        for (id, messages) in &self.messages {
            let len = self.conversations.get(id).map(|conversation| conversation.len);
            assert_eq!(len, Some(messages.len() as u64), "the stored length of {id} is not its number of messages");
        }
        self.count_readers();
    }

    fn count_readers(&mut self) {
        let mut before = std::mem::take(&mut self.readers);
        for (name, group) in &self.groups {
            let Some(chat) = self.conversations.get(&ConversationId::Group(name.clone())) else { continue };
            for user in group.everyone().filter(|user| chat.phase.is_open() && **user != self.me) {
                let key = (name.clone(), user.clone());
                let since = before.remove(&key).unwrap_or(chat.sent);
                self.readers.insert(key, since);
            }
        }
    }

    fn apply(&mut self, operation: Operation) {
        match operation {
            Operation::PutConversation(conversation) => {
                self.conversations.insert(conversation.id.clone(), conversation);
            }
            Operation::Append { conversation, seq, message } => {
                let messages = self.messages.entry(conversation).or_default();
                assert_eq!(seq, messages.len() as u64, "messages are appended without gaps");
                assert!(messages.iter().all(|known| known.id != message.id), "stored twice: {message:?}");
                messages.push(message);
            }
            Operation::Edit { conversation, edit } => {
                let Some(messages) = self.messages.get_mut(&conversation) else { return };
                let original = messages.iter_mut().find(|message| message.id == edit.original);
                if original.is_some_and(|original| original.edit(&edit)) {
                    let applied = messages.iter_mut().filter(|message| message.id == edit.id);
                    applied.for_each(|message| message.is_hidden = true);
                }
            }
            Operation::SetFailure { conversation, n, failure } => {
                let messages = self.messages.get_mut(&conversation).into_iter().flatten();
                for message in
                    messages.filter(|message| message.author == self.me && message.sequence_number == Some(n))
                {
                    message.failure = Some(failure.clone());
                }
            }
            Operation::SetText { conversation, n, text } => {
                let messages = self.messages.get_mut(&conversation).into_iter().flatten();
                let mine = messages.filter(|it| it.author == self.me && it.sequence_number == Some(n));
                mine.for_each(|message| message.body = Body::Text(text.clone()));
            }
            Operation::Hide { conversation, n } => {
                let messages = self.messages.get_mut(&conversation).into_iter().flatten();
                let mine = messages.filter(|it| it.author == self.me && it.sequence_number == Some(n));
                for message in mine {
                    assert!(message.failure.is_some(), "hidden although it may arrive: {message:?}");
                    message.is_hidden = true;
                }
            }
            Operation::PutProgress { conversation, user, progress } => {
                self.progress.insert((conversation, user), progress);
            }
            Operation::PutRequest(request) => {
                self.requests.insert(request.id, request);
            }
            Operation::PutGroup(group) => {
                self.groups.insert(group.name.clone(), group);
            }
            Operation::RemoveGroup(name) => {
                self.groups.remove(&name);
            }
            Operation::PutUser(user) => {
                self.users.insert(user.id.clone(), user);
            }
            Operation::RemoveUser(user) => {
                self.users.remove(&user);
            }
            Operation::PutOutbox(stored) => {
                let row = stored.row;
                let known = self.outbox.insert(row, stored);
                // A message that was not published yet may be rewritten.
                let message = &self.outbox[&row].message;
                let is_same = known.as_ref().is_none_or(|known| message.is_some() && known.message == *message);
                assert!(is_same, "{known:?} already has this row");
            }
            Operation::RemoveOutbox(row) => {
                self.outbox.remove(&row);
            }
            Operation::PutDraft { conversation, text } if text.is_empty() => {
                self.drafts.remove(&conversation);
            }
            Operation::PutDraft { conversation, text } => {
                self.drafts.insert(conversation, text);
            }
            Operation::PutRun(run) => {
                let known = self.runs.insert((run.user.clone(), run.start), run);
                assert!(known.is_none(), "{known:?} already begins there");
            }
            Operation::ClearRuns(user) => self.runs.retain(|(of, _), _| *of != user),
            Operation::PutSeen(text) => {
                self.seen.insert((text.topic.clone(), text.slot), text);
            }
            Operation::ForgetSeen(topic) => self.seen.retain(|(of, _), _| *of != topic),
            Operation::PutTabs(tabs) => self.tabs = Some(tabs),
        }
    }

    /// The state that a peer restores when it starts.
    pub fn saved(&self) -> Saved {
        Saved {
            conversations: self.conversations.values().cloned().collect(),
            progress: self.progress.iter().map(|((id, user), state)| (id.clone(), user.clone(), *state)).collect(),
            requests: self.requests.values().cloned().collect(),
            groups: self.groups.values().cloned().collect(),
            users: self.users.values().cloned().collect(),
            outbox: self.outbox.values().map(|row| StoredRow { failure: self.failure(row), ..row.clone() }).collect(),
            drafts: self.drafts.iter().map(|(id, text)| (id.clone(), text.clone())).collect(),
            runs: self.runs.values().cloned().collect(),
            seen: self.seen.values().cloned().collect(),
            tabs: self.tabs.clone(),
        }
    }

    /// Why the broker refused a message in the outbox, if it did.
    fn failure(&self, row: &StoredRow) -> Option<DeliveryFailure> {
        let (conversation, n) = row.message.as_ref()?;
        self.numbered(conversation, &self.me, *n, *n).pop()?.failure
    }

    /// All messages of a conversation, in the order of arrival.
    pub fn messages(&self, id: &ConversationId) -> &[ChatMessage] {
        self.messages.get(id).map_or(&[], Vec::as_slice)
    }

    /// The messages of `author` with sequence numbers `from..=upto`.
    pub fn numbered(&self, id: &ConversationId, author: &UserId, from: u64, upto: u64) -> Vec<ChatMessage> {
        let wanted = |message: &&ChatMessage| {
            message.author == *author && message.sequence_number.is_some_and(|n| (from..=upto).contains(&n))
        };
        self.messages(id).iter().filter(wanted).cloned().collect()
    }
}
