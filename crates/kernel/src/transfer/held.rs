//! The families every canister has: configuration, roles, journal.

use core::marker::PhantomData;

use granary_stable::bytes::Reader;
use granary_stable::journal::{self, NewEvent};
use granary_stable::record;
use ic_stable_structures::Memory;

use super::{Found, Held, tools};
use crate::Hash;
use crate::base::{Base, Phase, Settings};
use crate::canister::Canister;
use crate::fault::Fault;
use crate::roles::{Role, RoleGrant, principal_of};
use crate::row::damaged;
use crate::state::Kernel;

impl<M: Memory, C: Canister> Kernel<M, C> {
    /// The first record of one of the kernel's families whose key is not before `from`.
    pub(crate) fn held_from<F>(&self, family: &Held<F>, from: &[u8]) -> Found {
        match family {
            Held::Config => tools::single(from, || {
                let base = Base { phase: Phase::Running, ..self.base().clone() };
                record::encode(&self.config().with_base(base))
            }),
            Held::Roles => tools::tree(&self.roles, from),
            Held::Events => {
                let index = tools::padded::<8>(from).map(u64::from_be_bytes)?;
                let bytes = self.journal.stored(index)?;
                Some((index.to_be_bytes().to_vec(), bytes))
            }
            Held::Own(_) => None,
        }
    }

    /// Puts a record of one of the kernel's families back.
    pub(crate) fn put_held<F>(
        &mut self,
        family: &Held<F>,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), Fault> {
        match family {
            Held::Config => {
                let config: C::Settings = record::decode_or_trap(value);
                let base = Base { phase: Phase::Importing, ..config.base().clone() };
                self.config.set(Some(config.with_base(base)))?;
            }
            Held::Roles => {
                let mut reader = Reader::new(key);
                let at = usize::from(reader.u8());
                let role = C::Role::ALL.get(at).copied().unwrap_or_else(damaged);
                let holder = principal_of(reader.array());
                self.put_role(role, &holder, Some(record::decode_or_trap(value)));
            }
            Held::Events => self.put_event(key, value)?,
            Held::Own(_) => return Err(tools::gap("record")),
        }
        Ok(())
    }

    fn put_event(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let index = u64::from_be_bytes(tools::padded(key).unwrap_or_default());
        let event = journal::Event::decode(index, value).map_err(|_| tools::gap("event"))?;
        let new = NewEvent {
            at: event.at,
            actor: event.actor,
            trace_id: event.trace_id,
            payload: &event.payload,
        };
        let appended = self.journal.append(&new)?;
        if appended.index == index && appended.head == journal::hash(value) {
            return Ok(());
        }
        Err(tools::gap("event"))
    }
}

/// Follows a page: every event must continue the one before it.
pub(super) struct Chain<C> {
    head: Hash,
    kind: PhantomData<fn() -> C>,
}

impl<C: Canister> Chain<C> {
    pub(super) const fn from(head: Hash) -> Self {
        Self { head, kind: PhantomData }
    }

    /// True when the record can be read and follows the one before it.
    pub(super) fn fits<F>(&mut self, family: &Held<F>, key: &[u8], value: &[u8]) -> bool {
        match family {
            Held::Config => tools::reads::<C::Settings>(value),
            Held::Roles => {
                let known = key.first().is_some_and(|at| usize::from(*at) < C::Role::ALL.len());
                key.len() == 31 && known && tools::reads::<RoleGrant>(value)
            }
            Held::Events => {
                let event = tools::padded::<8>(key)
                    .and_then(|index| journal::Event::decode(u64::from_be_bytes(index), value).ok())
                    .filter(|event| event.prev_hash == self.head);
                self.head = journal::hash(value);
                event.is_some()
            }
            Held::Own(_) => false,
        }
    }
}
