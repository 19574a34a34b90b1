//! A canister made of closures: a test says which method answers what, and sees what was sent.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use candid::{CandidType, Principal};
use granary_api::Error;
use sha2::{Digest, Sha256};

use super::{Client, Message, remote::Remote};
use crate::{exit::Exit, failure::Failure, identity::Caller};

type Answer = Box<dyn Fn(&[u8]) -> Result<Vec<u8>, Failure> + Send + Sync>;

#[derive(Default)]
struct Inner {
    answers: BTreeMap<&'static str, Answer>,
    certified: Vec<u8>,
    metadata: BTreeMap<&'static str, Vec<u8>>,
    controllers: Vec<Principal>,
    module_hash: Option<Vec<u8>>,
    sent: Mutex<Vec<(&'static str, Principal)>>,
}

/// A client nobody is behind.
#[derive(Clone)]
pub(crate) struct FakeClient {
    inner: Arc<Inner>,
    principal: Principal,
}

/// What a fake canister answers.
#[derive(Default)]
pub(crate) struct Answers(Inner);

impl Answers {
    /// `method` answers what `answer` says to the bytes it was sent.
    pub(crate) fn raw(
        mut self,
        method: &'static str,
        answer: impl Fn(&[u8]) -> Result<Vec<u8>, Failure> + Send + Sync + 'static,
    ) -> Self {
        self.0.answers.insert(method, Box::new(answer));
        self
    }

    /// `method` always answers `reply`, without a result around it.
    pub(crate) fn plain<R: CandidType>(self, method: &'static str, reply: &R) -> Self {
        let bytes = candid::encode_one(reply).expect("encodes");
        self.raw(method, move |_| Ok(bytes.clone()))
    }

    /// `method` always answers this result.
    pub(crate) fn result<R: CandidType>(
        self,
        method: &'static str,
        reply: &Result<R, Error>,
    ) -> Self {
        self.plain(method, reply)
    }

    /// What the network certifies.
    pub(crate) fn certified(mut self, data: Vec<u8>) -> Self {
        self.0.certified = data;
        self
    }

    /// The code that runs has this metadata section.
    pub(crate) fn metadata(mut self, name: &'static str, content: &str) -> Self {
        self.0.metadata.insert(name, content.as_bytes().to_vec());
        self
    }

    /// The network certifies the hash of this module.
    pub(crate) fn runs(mut self, module: &[u8]) -> Self {
        self.0.module_hash = Some(Sha256::digest(module).to_vec());
        self
    }

    /// Who controls it.
    pub(crate) fn controlled_by(mut self, controllers: &[Principal]) -> Self {
        self.0.controllers = controllers.to_vec();
        self
    }

    /// The canister, seen by an identity of its own.
    pub(crate) fn grants(self) -> Remote<FakeClient> {
        let client =
            FakeClient { inner: Arc::new(self.0), principal: Principal::from_slice(&[7; 29]) };
        Remote { client, canister: Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 9, 1, 1]) }
    }
}

impl FakeClient {
    /// Methods that were called, in order, and by whom.
    pub(crate) fn sent(&self) -> Vec<(&'static str, Principal)> {
        self.inner.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn answer(&self, message: &Message) -> Result<Vec<u8>, Failure> {
        let entry = (message.method, self.principal);
        self.inner.sent.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        match self.inner.answers.get(message.method) {
            Some(answer) => answer(&message.arg),
            None => Err(Failure::new(Exit::Failed, "fake", format!("no {}", message.method))),
        }
    }
}

impl Client for FakeClient {
    fn principal(&self) -> Principal {
        self.principal
    }

    fn acting_as(&self, caller: &Caller) -> Result<Self, Failure> {
        Ok(Self { inner: self.inner.clone(), principal: caller.principal()? })
    }

    async fn query(&self, message: Message) -> Result<Vec<u8>, Failure> {
        self.answer(&message)
    }

    async fn update(&self, message: Message) -> Result<Vec<u8>, Failure> {
        self.answer(&message)
    }

    async fn module_hash(&self, _canister: Principal) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.inner.module_hash.clone())
    }

    async fn metadata(
        &self,
        _canister: Principal,
        name: &'static str,
    ) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.inner.metadata.get(name).cloned())
    }

    async fn controllers(&self, _canister: Principal) -> Result<Vec<Principal>, Failure> {
        Ok(self.inner.controllers.clone())
    }

    fn certified_data(&self, _canister: Principal, _: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(self.inner.certified.clone())
    }

    async fn default_effective(&self) -> Principal {
        Principal::management_canister()
    }
}
