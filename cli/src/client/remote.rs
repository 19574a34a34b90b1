//! A canister of the suite, seen by one identity; and methods by the types they take and give.

use std::marker::PhantomData;

use candid::{CandidType, Principal};
use granary_api::{Error, common::Receipt};
use serde::de::DeserializeOwned;

use super::{Client, Message};
use crate::{exit::Exit, failure::Failure, identity::Caller};

/// A method that changes something and answers with a receipt.
pub(crate) struct Update<A>(&'static str, PhantomData<fn(A)>);

/// A method that answers a question.
pub(crate) struct Query<A, R>(&'static str, PhantomData<fn(A) -> R>);

/// A method that changes something and answers with what came of it.
pub(crate) struct Action<A, R>(&'static str, PhantomData<fn(A) -> R>);

impl<A> Update<A> {
    /// The method's name on the wire.
    pub(crate) const fn name(&self) -> &'static str {
        self.0
    }
}

/// The update method `name`.
pub(crate) const fn update<A>(name: &'static str) -> Update<A> {
    Update(name, PhantomData)
}

/// The query method `name`.
pub(crate) const fn query<A, R>(name: &'static str) -> Query<A, R> {
    Query(name, PhantomData)
}

/// The update method `name` that answers with more than a receipt.
pub(crate) const fn action<A, R>(name: &'static str) -> Action<A, R> {
    Action(name, PhantomData)
}

/// A canister, seen by one identity.
#[derive(Clone)]
pub(crate) struct Remote<C> {
    pub(crate) client: C,
    pub(crate) canister: Principal,
}

impl<C: Client> Remote<C> {
    /// The same canister under another identity.
    pub(crate) fn acting_as(&self, caller: &Caller) -> Result<Self, Failure> {
        Ok(Self { client: self.client.acting_as(caller)?, canister: self.canister })
    }

    /// Changes something.
    pub(crate) async fn update<A: CandidType>(
        &self,
        method: Update<A>,
        args: &A,
    ) -> Result<Receipt, Failure> {
        let bytes = self.client.update(self.message(method.0, encode(args)?)).await?;
        decode::<Result<Receipt, Error>>(method.0, &bytes)?.map_err(Failure::from)
    }

    /// Changes something, and gives what came of it.
    pub(crate) async fn act<A: CandidType, R: CandidType + DeserializeOwned>(
        &self,
        method: Action<A, R>,
        args: &A,
    ) -> Result<R, Failure> {
        let bytes = self.client.update(self.message(method.0, encode(args)?)).await?;
        decode::<Result<R, Error>>(method.0, &bytes)?.map_err(Failure::from)
    }

    /// Asks a method that answers with a result.
    pub(crate) async fn query<A: CandidType, R: CandidType + DeserializeOwned>(
        &self,
        method: Query<A, R>,
        args: &A,
    ) -> Result<R, Failure> {
        let bytes = self.client.query(self.message(method.0, encode(args)?)).await?;
        decode::<Result<R, Error>>(method.0, &bytes)?.map_err(Failure::from)
    }

    /// Asks a method that takes nothing and always has an answer.
    pub(crate) async fn ask<R: CandidType + DeserializeOwned>(
        &self,
        method: Query<(), R>,
    ) -> Result<R, Failure> {
        let arg = candid::encode_args(()).map_err(|error| undecodable(method.0, &error))?;
        let bytes = self.client.query(self.message(method.0, arg)).await?;
        decode(method.0, &bytes)
    }

    fn message(&self, method: &'static str, arg: Vec<u8>) -> Message {
        Message { canister: self.canister, effective: self.canister, method, arg }
    }
}

/// Candid bytes of one argument.
pub(crate) fn encode<A: CandidType>(args: &A) -> Result<Vec<u8>, Failure> {
    candid::encode_one(args).map_err(|error| undecodable("the request", &error))
}

/// One value from candid bytes.
pub(crate) fn decode<R: CandidType + DeserializeOwned>(
    method: &str,
    bytes: &[u8],
) -> Result<R, Failure> {
    candid::decode_one(bytes).map_err(|error| undecodable(method, &error))
}

fn undecodable(what: &str, error: &candid::Error) -> Failure {
    let why = error.to_string();
    let why = why.lines().next().unwrap_or("no reason given");
    Failure::new(
        Exit::Failed,
        "cli.interface",
        format!("{what} does not have the shape this version of the tool knows ({why})"),
    )
    .next("granary health, and compare its version with granary --version")
}
