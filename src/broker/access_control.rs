//! Authentication and authorization of the broker's clients, as hooks of the broker library.

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
    access::{Access, GroupMembers, is_own_publication, is_own_will},
    users::{Logins, Users, verify_password},
};
use crate::domain::UserId;

/// Authenticates clients and enforces the rules of [`access`](super::access). Shared by all connections.
pub(super) struct AccessControl {
    users: Users,
    /// The user file's modification time and content when it was last read.
    logins: Mutex<(Option<SystemTime>, Logins)>,
    groups: Mutex<GroupMembers>,
    /// Set before the first client connects. Weak, because the router owns this [`AccessControl`].
    router: OnceLock<Weak<MessageRouter>>,
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl AccessControl {
    pub(super) fn new(users: Users, logins: Logins) -> Arc<Self> {
        let logins = Mutex::new((users.modified(), logins));
        Arc::new(Self { users, logins, groups: Mutex::default(), router: OnceLock::new() })
    }

    /// Restores the groups' members from the retained records.
    pub(super) fn learn_records<'a>(&self, records: impl Iterator<Item = (&'a str, &'a [u8])>) {
        let mut groups = lock(&self.groups);
        records.for_each(|(topic, payload)| drop(groups.learn_record(topic, payload)));
    }

    /// Sets the router, with which a lost permission ends the subscriptions of connected clients. The library itself
    /// checks the subscriptions of a resumed session.
    pub(super) fn set_router(&self, router: &Arc<MessageRouter>) {
        // Fails only if called twice.
        let _ = self.router.set(Arc::downgrade(router));
    }

    async fn unsubscribe(&self, lost: Vec<(UserId, String)>) {
        let Some(router) = self.router.get().and_then(Weak::upgrade) else { return };
        for (user, filter) in lost {
            router.unsubscribe(user.as_str(), &filter, None).await;
        }
    }

    /// The hash of a user's password; [`None`] if there is no such user. Reads the user file again if it was modified.
    fn hash(&self, user: &UserId) -> Option<String> {
        let mut logins = lock(&self.logins);
        let modified = self.users.modified();
        if logins.0 != modified {
            match self.users.read() {
                Ok(read) => *logins = (modified, read),
                // The users that were read before remain valid.
                Err(error) => tracing::error!(%error, "cannot read the user file"),
            }
        }
        logins.1.get(user).cloned()
    }

    /// The user who logs in, the given password, and the hash of the correct one. [`None`] if the user is unknown or
    /// the login is incomplete.
    fn credentials(&self, connect: &ConnectPacket) -> Option<(UserId, String, String)> {
        let user: UserId = connect.username.as_ref()?.parse().ok()?;
        let password = String::from_utf8(connect.password.clone()?).ok()?;
        let hash = self.hash(&user)?;
        Some((user, password, hash))
    }

    /// Checks the login and returns the user. The client id must be the user's id, so that no user can take over
    /// another user's session. It may also be empty, as in a presence probe; then the broker assigns one.
    async fn login(&self, connect: &ConnectPacket) -> Result<UserId, ReasonCode> {
        let (user, password, hash) = self.credentials(connect).ok_or(ReasonCode::BadUsernameOrPassword)?;
        let is_right = tokio::task::spawn_blocking(move || verify_password(&password, &hash)).await.unwrap_or(false);
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
            tracing::warn!(user = user.as_ref().map(UserId::as_str), ?access, "access denied");
        }
        is_allowed
    }
}

impl AuthProvider for AccessControl {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        _: SocketAddr,
    ) -> BoxFuture<'a, mqtt5::Result<AuthResult>> {
        Box::pin(async {
            Ok(match self.login(connect).await {
                Ok(user) => AuthResult::success_with_user(user.as_str()),
                Err(reason) => AuthResult::fail(reason),
            })
        })
    }

    fn authorize_publish<'a>(&'a self, _: &str, user: Option<&'a str>, topic: &'a str) -> BoxFuture<'a, bool> {
        Box::pin(async move { self.allows(user, Access::Publish(topic)) })
    }

    fn authorize_subscribe<'a>(&'a self, _: &str, user: Option<&'a str>, filter: &'a str) -> BoxFuture<'a, bool> {
        Box::pin(async move { self.allows(user, Access::Subscribe(filter)) })
    }
}

/// The broker calls this after the topic rules. Drops publications that name another user as their author.
impl BrokerEventHandler for AccessControl {
    fn on_client_publish(&self, event: ClientPublishEvent) -> BoxFuture<'_, PublishAction> {
        Box::pin(async move {
            let user = event.user_id.as_deref().and_then(|user| user.parse::<UserId>().ok());
            if !user.as_ref().is_some_and(|user| is_own_publication(user, &event.topic, &event.payload)) {
                tracing::warn!(user = user.as_ref().map(UserId::as_str), topic = %event.topic, "names another author");
                return PublishAction::Handled;
            }
            if event.retain {
                let lost = lock(&self.groups).learn_record(&event.topic, &event.payload);
                self.unsubscribe(lost).await;
            }
            PublishAction::Continue
        })
    }
}

/// Locks a mutex even if it is poisoned: a panic never leaves the data inconsistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
