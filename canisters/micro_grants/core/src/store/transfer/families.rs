//! Families of records: how each is read in key order for an export, and put back by an import.

use std::ops::Bound as From;

use granary_stable::journal::{self, NewEvent};
use granary_stable::keys::FixedKey;
use granary_stable::record::{self, Record, Stored};
use granary_stable::slots::{Slot, Slots};
use ic_stable_structures::{Memory, StableBTreeMap, Storable};

use super::{no_room, principal_of};
use crate::errors::{GrantError, InputFault};
use crate::records::config::Phase;
use crate::records::slot::damaged;
use crate::records::{
    Account, ApplicationLinks, ApplicationRow, Config, Content, Declaration, GrantLinks, GrantRow,
    Milestone, PayoutRow, ProgramBody, ProgramLinks, ProgramRow, Report, Review, Role, RoleGrant,
    Totals,
};
use crate::rules::{Ctx, Wake, life, revise_application};
use crate::store::Store;
use crate::store::commit::account_key;
use crate::types::{ApplicationId, ApplicationState, GrantId, PayoutId};

/// One kind of record. The numbers are part of the format and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Config,
    Totals,
    Role,
    Program,
    ProgramBody,
    Account,
    Application,
    Declaration,
    Review,
    Grant,
    Milestone,
    Report,
    Payout,
    Event,
}

impl Family {
    /// Its number in the format.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Config => 1,
            Self::Totals => 2,
            Self::Role => 3,
            Self::Program => 4,
            Self::ProgramBody => 5,
            Self::Account => 6,
            Self::Application => 7,
            Self::Declaration => 8,
            Self::Review => 9,
            Self::Grant => 10,
            Self::Milestone => 11,
            Self::Report => 12,
            Self::Payout => 13,
            Self::Event => 14,
        }
    }
}

/// The families of a domain, in the order an import needs them.
pub(crate) fn families_of(domain: &str) -> Result<&'static [Family], GrantError> {
    Ok(match domain {
        "config" => &[Family::Config, Family::Totals],
        "roles" => &[Family::Role],
        "programs" => &[Family::Program, Family::ProgramBody],
        "applications" => &[Family::Account, Family::Application],
        "reviews" => &[Family::Declaration, Family::Review],
        "grants" => &[Family::Grant, Family::Milestone, Family::Report],
        "payouts" => &[Family::Payout],
        "journal" => &[Family::Event],
        other => return Err(InputFault::Domain { name: other.to_owned() }.into()),
    })
}

type Found = Option<(Vec<u8>, Vec<u8>)>;

impl<M: Memory> Store<M> {
    /// The first record of `family` whose key is not before `from`.
    pub(crate) fn record_from(&self, family: Family, from: &[u8]) -> Found {
        match family {
            Family::Config => single(from, || {
                record::encode(&Config { phase: Phase::Running, ..self.config().clone() })
            }),
            Family::Totals => single(from, || bytes_of(&self.totals())),
            Family::Role => tree(&self.roles, from),
            Family::Program => row(&self.programs, from, |row| {
                bytes_of(&ProgramRow { links: ProgramLinks::default(), ..row })
            }),
            Family::ProgramBody => numbered_tree(&self.program_bodies, from),
            Family::Account => {
                let (key, value) = tree(&self.accounts, from)?;
                let account = Account::from_bytes(value.into());
                Some((key, Account { newest: None, ..account }.into_bytes()))
            }
            Family::Application => row(&self.applications, from, |row| {
                let body = self.bodies.read(row.links.body).unwrap_or_else(|_| damaged());
                let links = ApplicationLinks::default();
                let mut bytes = bytes_of(&ApplicationRow { links, ..row });
                bytes.extend_from_slice(&body);
                bytes
            }),
            Family::Declaration => tree(&self.declarations, from),
            Family::Review => tree(&self.reviews, from),
            Family::Grant => row(&self.grants, from, |row| {
                bytes_of(&GrantRow { links: GrantLinks::default(), ..row })
            }),
            Family::Milestone => tree(&self.milestones, from),
            Family::Report => tree(&self.reports, from),
            Family::Payout => {
                row(&self.payouts, from, |row| bytes_of(&PayoutRow { grant_prev: None, ..row }))
            }
            Family::Event => {
                let index = number_from::<8>(from).map(u64::from_be_bytes)?;
                let bytes = self.journal.stored(index)?;
                Some((index.to_be_bytes().to_vec(), bytes))
            }
        }
    }

    /// Refuses records that cannot be read, or that would not follow what is stored.
    pub(crate) fn check_import(
        &self,
        records: &[(Family, Vec<u8>, Vec<u8>)],
    ) -> Result<(), GrantError> {
        let mut head = self.journal.head();
        let mut next = self.counts();
        for (family, key, value) in records {
            if !follows(*family, key, &mut next) {
                return Err(gap("record"));
            }
            let fits = match family {
                Family::Config => reads::<Config>(value),
                Family::Totals => sized::<Totals>(value),
                Family::Role => key.len() == 31 && reads::<RoleGrant>(value),
                Family::Program => key.len() == 4 && sized::<ProgramRow>(value),
                Family::ProgramBody => key.len() == 4 && reads::<ProgramBody>(value),
                Family::Account => key.len() == 34 && value.len() == 25,
                Family::Application => {
                    key.len() == 4 && split(value).is_some_and(|(_, body)| reads::<Content>(body))
                }
                Family::Declaration => key.len() == 6 && reads::<Declaration>(value),
                Family::Review => key.len() == 9 && reads::<Review>(value),
                Family::Grant => key.len() == 4 && sized::<GrantRow>(value),
                Family::Milestone => key.len() == 6 && reads::<Milestone>(value),
                Family::Report => key.len() == 8 && reads::<Report>(value),
                Family::Payout => key.len() == 4 && sized::<PayoutRow>(value),
                Family::Event => {
                    let event = number_from::<8>(key)
                        .and_then(|index| {
                            journal::Event::decode(u64::from_be_bytes(index), value).ok()
                        })
                        .filter(|event| event.prev_hash == head);
                    head = journal::hash(value);
                    event.is_some()
                }
            };
            if !fits {
                let problem = format!("a record of family {} does not fit", family.number());
                return Err(InputFault::ImportFormat { problem }.into());
            }
        }
        Ok(())
    }

    /// Puts one record back and makes its links anew.
    pub(crate) fn put_record(
        &mut self,
        family: Family,
        key: &[u8],
        value: &[u8],
        ctx: &Ctx,
    ) -> Result<(), GrantError> {
        match family {
            Family::Config => {
                let config: Config = record::decode_or_trap(value);
                let phase = Phase::Importing;
                self.config.set(Some(Config { phase, ..config })).map_err(no_room)?;
            }
            Family::Totals => {
                self.totals.set(0, &Totals::read(value)).map_err(no_room)?;
            }
            Family::Role => {
                let mut reader = granary_stable::bytes::Reader::new(key);
                let at = usize::from(reader.u8());
                let role = Role::ALL.get(at).copied().unwrap_or_else(damaged);
                let holder = principal_of(reader.array());
                self.put_role(role, &holder, Some(record::decode_or_trap(value)));
            }
            Family::Program => {
                let slot = self.programs.push(&ProgramRow::read(value)).map_err(no_room)?;
                check_slot(key, slot)?;
            }
            Family::ProgramBody => {
                let id = u32::from_be_bytes(number_from(key).unwrap_or_default());
                self.program_bodies.insert(id, Stored(record::decode_or_trap(value)));
            }
            Family::Account => {
                self.accounts.insert(fixed(key), Account::from_bytes(value.to_vec().into()));
            }
            Family::Application => self.put_back_application(key, value)?,
            Family::Declaration => {
                self.declarations.insert(fixed(key), Stored(record::decode_or_trap(value)));
            }
            Family::Review => {
                self.reviews.insert(fixed(key), Stored(record::decode_or_trap(value)));
            }
            Family::Grant => self.put_back_grant(key, value)?,
            Family::Milestone => {
                self.milestones.insert(fixed(key), Stored(record::decode_or_trap(value)));
            }
            Family::Report => {
                self.reports.insert(fixed(key), Stored(record::decode_or_trap(value)));
            }
            Family::Payout => self.put_back_payout(key, value)?,
            Family::Event => self.put_back_event(key, value, ctx)?,
        }
        Ok(())
    }

    fn put_back_application(&mut self, key: &[u8], value: &[u8]) -> Result<(), GrantError> {
        let (row, body) = split(value).unwrap_or_else(damaged);
        let head = ApplicationRow::read(row).head;
        let at = head.program.slot();
        let mut program = self.programs.get(at).ok_or_else(|| gap("programme"))?;
        let account = self.account(&head.applicant, head.program);
        let links = ApplicationLinks {
            program_prev: program.links.newest_application,
            applicant_prev: account.newest,
            body: self.bodies.append(body).map_err(no_room)?,
        };
        let slot = self.applications.push(&ApplicationRow { head, links }).map_err(no_room)?;
        check_slot(key, slot)?;
        let id = ApplicationId::from_slot(slot).ok_or_else(|| gap("application"))?;
        self.enlist(head.program, head.state, slot, &mut program);
        program.links.newest_application = Some(id);
        self.programs.set(at, &program).map_err(no_room)?;
        let account = Account { newest: Some(id), ..account };
        self.accounts.insert(account_key(&head.applicant, head.program), account);
        if head.state == ApplicationState::ChangesRequested {
            let until = revise_application::deadline(&head, &program.head);
            self.put_wake(Wake::Application(id, until));
        }
        Ok(())
    }

    fn put_back_grant(&mut self, key: &[u8], value: &[u8]) -> Result<(), GrantError> {
        let head = GrantRow::read(value).head;
        let at = head.program.slot();
        let mut program = self.programs.get(at).ok_or_else(|| gap("programme"))?;
        let links = GrantLinks { program_prev: program.links.newest_grant, newest_payout: None };
        let slot = self.grants.push(&GrantRow { head, links }).map_err(no_room)?;
        check_slot(key, slot)?;
        let id = GrantId::from_slot(slot).ok_or_else(|| gap("grant"))?;
        program.links.newest_grant = Some(id);
        self.programs.set(at, &program).map_err(no_room)?;
        if let Some(due) = life::due(&head, &program.head.bounds) {
            self.put_wake(Wake::Grant(id, due));
        }
        Ok(())
    }

    fn put_back_payout(&mut self, key: &[u8], value: &[u8]) -> Result<(), GrantError> {
        let head = PayoutRow::read(value).head;
        let at = head.grant.slot();
        let mut grant = self.grants.get(at).ok_or_else(|| gap("grant"))?;
        let row = PayoutRow { head, grant_prev: grant.links.newest_payout };
        let slot = self.payouts.push(&row).map_err(no_room)?;
        check_slot(key, slot)?;
        grant.links.newest_payout = PayoutId::from_slot(slot);
        self.grants.set(at, &grant).map_err(no_room)?;
        Ok(())
    }

    fn put_back_event(&mut self, key: &[u8], value: &[u8], _: &Ctx) -> Result<(), GrantError> {
        let index = u64::from_be_bytes(number_from(key).unwrap_or_default());
        let event = journal::Event::decode(index, value).map_err(|_| gap("event"))?;
        let new = NewEvent {
            at: event.at,
            actor: event.actor,
            trace_id: event.trace_id,
            payload: &event.payload,
        };
        let appended = self.journal.append(&new).map_err(no_room)?;
        if appended.index == index && appended.head == journal::hash(value) {
            return Ok(());
        }
        Err(gap("event"))
    }
}

/// True when a numbered row has the next number of its table.
fn follows(family: Family, key: &[u8], next: &mut [u64; 4]) -> bool {
    let [programs, applications, grants, payouts] = next;
    let count = match family {
        Family::Program => programs,
        Family::Application => applications,
        Family::Grant => grants,
        Family::Payout => payouts,
        Family::Config
        | Family::Totals
        | Family::Role
        | Family::ProgramBody
        | Family::Account
        | Family::Declaration
        | Family::Review
        | Family::Milestone
        | Family::Report
        | Family::Event => return true,
    };
    *count = count.saturating_add(1);
    number_from::<4>(key).map(u32::from_be_bytes).map(u64::from) == Some(*count)
}

/// A record that does not follow the one before it.
fn gap(what: &str) -> GrantError {
    InputFault::ImportFormat { problem: format!("a gap before an imported {what}") }.into()
}

fn check_slot(key: &[u8], slot: u64) -> Result<(), GrantError> {
    let number = u32::from_be_bytes(number_from(key).unwrap_or_default());
    if u64::from(number) == slot.saturating_add(1) { Ok(()) } else { Err(gap("row")) }
}

fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let size = usize::try_from(ApplicationRow::SIZE).ok()?;
    let (row, body) = value.split_at_checked(size)?;
    sized::<ApplicationRow>(row).then_some((row, body))
}

fn reads<R: Record>(value: &[u8]) -> bool {
    record::decode::<R>(value).is_ok()
}

fn sized<S: Slot>(value: &[u8]) -> bool {
    u32::try_from(value.len()) == Ok(S::SIZE) && value.first() == Some(&1)
}

fn bytes_of<S: Slot>(slot: &S) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(S::SIZE).unwrap_or_default()];
    slot.write(&mut bytes);
    bytes
}

fn single(from: &[u8], value: impl FnOnce() -> Vec<u8>) -> Found {
    (from <= &[0][..]).then(|| (vec![0], value()))
}

/// `from` as a number of `N` bytes, the smallest when it is empty; none when it is longer.
fn number_from<const N: usize>(from: &[u8]) -> Option<[u8; N]> {
    let mut number = [0; N];
    number.get_mut(..from.len())?.copy_from_slice(from);
    Some(number)
}

fn fixed<const N: usize>(key: &[u8]) -> FixedKey<N> {
    FixedKey(number_from(key).unwrap_or_else(damaged))
}

fn tree<const N: usize, V: Storable, M: Memory>(
    map: &StableBTreeMap<FixedKey<N>, V, M>,
    from: &[u8],
) -> Found {
    let from = FixedKey(number_from::<N>(from)?);
    let entry = map.range((From::Included(from), From::Unbounded)).next()?;
    Some((entry.key().0.to_vec(), entry.value().into_bytes()))
}

fn numbered_tree<V: Storable, M: Memory>(map: &StableBTreeMap<u32, V, M>, from: &[u8]) -> Found {
    let from = u32::from_be_bytes(number_from(from)?);
    let entry = map.range(from..).next()?;
    Some((entry.key().to_be_bytes().to_vec(), entry.value().into_bytes()))
}

fn row<S: Slot, M: Memory>(
    slots: &Slots<S, M>,
    from: &[u8],
    bytes: impl FnOnce(S) -> Vec<u8>,
) -> Found {
    let number = u32::from_be_bytes(number_from(from)?).max(1);
    let found = slots.get(u64::from(number).saturating_sub(1))?;
    Some((number.to_be_bytes().to_vec(), bytes(found)))
}
