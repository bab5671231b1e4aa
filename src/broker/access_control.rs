//! Authentication and authorization of the broker's clients, as hooks of the broker.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    time::SystemTime,
};

use mqtt5::{
    broker::{
        auth::{AuthProvider, AuthResult},
        events::{BrokerEventHandler, ClientPublishEvent, PublishAction},
        router::MessageRouter,
    },
    packet::connect::ConnectPacket,
    protocol::v5::reason_codes::ReasonCode,
};

use super::{
    access::{Access, Groups, is_own_will, speaks_for_itself},
    users::{Logins, Users, fits},
};
use crate::domain::UserId;

/// Authenticates clients and enforces the rules of [`access`](super::access). Shared by all connections.
pub(super) struct AccessControl {
    users: Users,
    logins: Mutex<(Option<SystemTime>, Logins)>,
    groups: Mutex<Groups>,
    /// Set before the first client connects. Weak, because the router holds this.
    router: OnceLock<Weak<MessageRouter>>,
}

type Waiting<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl AccessControl {
    pub(super) fn new(users: Users, logins: Logins, groups: Groups) -> Arc<Self> {
        let changed = users.changed();
        Arc::new(Self {
            users,
            logins: Mutex::new((changed, logins)),
            groups: Mutex::new(groups),
            router: OnceLock::new(),
        })
    }

    /// Restores the groups' members from the retained records.
    pub(super) fn learn<'a>(&self, records: impl Iterator<Item = (&'a str, &'a [u8])>) {
        let mut groups = lock(&self.groups);
        records.for_each(|(topic, payload)| drop(groups.learn(topic, payload)));
    }

    /// Lets a lost right to read end the subscriptions of connected clients through `router`. The broker checks the
    /// subscriptions of a resumed session itself.
    pub(super) fn watch(&self, router: &Arc<MessageRouter>) {
        // There is one broker.
        let _ = self.router.set(Arc::downgrade(router));
    }

    async fn close(&self, lost: Vec<(UserId, String)>) {
        let Some(router) = self.router.get().and_then(Weak::upgrade) else { return };
        for (user, filter) in lost {
            router.unsubscribe(user.as_str(), &filter, None).await;
        }
    }

    /// The hash of a user's password. Reads the file again if it has changed.
    fn hash(&self, user: &UserId) -> Option<String> {
        let mut logins = lock(&self.logins);
        let changed = self.users.changed();
        if logins.0 != changed {
            match self.users.read() {
                Ok(read) => *logins = (changed, read),
                // The users read before stay valid.
                Err(error) => tracing::error!(%error, "the file of users cannot be read"),
            }
        }
        logins.1.get(user).cloned()
    }

    /// Checks the login and returns the user. The client id must be the user's id, so that nobody takes over another
    /// user's session. An empty one, as a presence probe has, is assigned by the broker.
    async fn login(&self, connect: &ConnectPacket) -> Result<UserId, ReasonCode> {
        let (Some(name), Some(password)) = (&connect.username, &connect.password) else {
            return Err(ReasonCode::BadUsernameOrPassword);
        };
        let user: UserId = name.parse().map_err(|_| ReasonCode::BadUsernameOrPassword)?;
        let password = String::from_utf8(password.clone()).map_err(|_| ReasonCode::BadUsernameOrPassword)?;
        let hash = self.hash(&user).ok_or(ReasonCode::BadUsernameOrPassword)?;
        let is_right = tokio::task::spawn_blocking(move || fits(&password, &hash)).await.unwrap_or(false);
        if !is_right {
            return Err(ReasonCode::BadUsernameOrPassword);
        }
        if !connect.client_id.is_empty() && connect.client_id != user.as_str() {
            return Err(ReasonCode::ClientIdentifierNotValid);
        }
        if connect.will.as_ref().is_some_and(|will| !is_own_will(&user, &will.topic, &will.payload)) {
            return Err(ReasonCode::NotAuthorized);
        }
        Ok(user)
    }

    fn allows(&self, user: Option<&str>, access: Access<'_>) -> bool {
        let user = user.and_then(|user| user.parse::<UserId>().ok());
        let is_allowed = user.as_ref().is_some_and(|user| lock(&self.groups).allow(user, access));
        if !is_allowed {
            tracing::warn!(user = user.as_ref().map(UserId::as_str), ?access, "not allowed");
        }
        is_allowed
    }
}

impl AuthProvider for AccessControl {
    fn authenticate<'a>(&'a self, connect: &'a ConnectPacket, _: SocketAddr) -> Waiting<'a, mqtt5::Result<AuthResult>> {
        Box::pin(async {
            Ok(match self.login(connect).await {
                Ok(user) => AuthResult::success_with_user(user.as_str()),
                Err(reason) => AuthResult::fail(reason),
            })
        })
    }

    fn authorize_publish<'a>(&'a self, _: &str, user: Option<&'a str>, topic: &'a str) -> Waiting<'a, bool> {
        Box::pin(async move { self.allows(user, Access::Publish(topic)) })
    }

    fn authorize_subscribe<'a>(&'a self, _: &str, user: Option<&'a str>, filter: &'a str) -> Waiting<'a, bool> {
        Box::pin(async move { self.allows(user, Access::Subscribe(filter)) })
    }
}

/// Runs after the topic rules, and drops what is published in another user's name.
impl BrokerEventHandler for AccessControl {
    fn on_client_publish(&self, event: ClientPublishEvent) -> Waiting<'_, PublishAction> {
        Box::pin(async move {
            let user = event.user_id.as_deref().and_then(|user| user.parse::<UserId>().ok());
            if !user.as_ref().is_some_and(|user| speaks_for_itself(user, &event.topic, &event.payload)) {
                tracing::warn!(user = user.as_ref().map(UserId::as_str), topic = %event.topic, "speaks as another");
                return PublishAction::Handled;
            }
            if event.retain {
                let lost = lock(&self.groups).learn(&event.topic, &event.payload);
                self.close(lost).await;
            }
            PublishAction::Continue
        })
    }
}

/// Locks, also after a panic: the data is never left inconsistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
