//! Families of records: how each is read in key order for an export, and put back by an import.
//!
//! Links, lists and jobs are not part of an export: an import makes them anew.

use granary_kernel::row::damaged;
use granary_kernel::transfer::Domain;
use granary_kernel::transfer::tools::{
    Found, bytes_of, check_slot, fixed, gap, numbered_tree, padded, reads, row, single, sized, tree,
};
use granary_kernel::{Families, Fault, Held};
use granary_stable::record::{self, Stored};
use granary_stable::slots::Slot;
use ic_stable_structures::{Memory, Storable};

use crate::records::{
    Account, ApplicationLinks, ApplicationRow, Content, Declaration, GrantLinks, GrantRow,
    Milestone, PayoutHead, PayoutRow, ProgramBody, ProgramLinks, ProgramRow, Report, Review,
    Totals,
};
use crate::rules::{Wake, life, revise_application};
use crate::store::Store;
use crate::store::commit::account_key;
use crate::types::{ApplicationId, ApplicationState, GrantId, PayoutId, Timestamp};

/// One kind of record. The numbers are part of the format and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The running figures.
    Totals,
    /// Rows of programmes.
    Program,
    /// Texts and people of programmes.
    ProgramBody,
    /// What an applicant has in a programme.
    Account,
    /// Rows of applications, each with its newest body.
    Application,
    /// Declarations of reviewers.
    Declaration,
    /// Judgements.
    Review,
    /// Rows of grants.
    Grant,
    /// Steps of grants.
    Milestone,
    /// Progress reports.
    Report,
    /// Rows of payouts.
    Payout,
}

impl<M: Memory + 'static> Families for Store<M> {
    type Family = Family;
    const DOMAINS: &'static [Domain<Family>] = &[
        Domain { name: "config", families: &[Held::Config, Held::Own(Family::Totals)] },
        Domain { name: "roles", families: &[Held::Roles] },
        Domain {
            name: "programs",
            families: &[Held::Own(Family::Program), Held::Own(Family::ProgramBody)],
        },
        Domain {
            name: "applications",
            families: &[Held::Own(Family::Account), Held::Own(Family::Application)],
        },
        Domain {
            name: "reviews",
            families: &[Held::Own(Family::Declaration), Held::Own(Family::Review)],
        },
        Domain {
            name: "grants",
            families: &[
                Held::Own(Family::Grant),
                Held::Own(Family::Milestone),
                Held::Own(Family::Report),
            ],
        },
        Domain { name: "payouts", families: &[Held::Own(Family::Payout)] },
        Domain { name: "journal", families: &[Held::Events] },
    ];

    fn number(family: Family) -> u8 {
        match family {
            Family::Totals => 2,
            Family::Program => 4,
            Family::ProgramBody => 5,
            Family::Account => 6,
            Family::Application => 7,
            Family::Declaration => 8,
            Family::Review => 9,
            Family::Grant => 10,
            Family::Milestone => 11,
            Family::Report => 12,
            Family::Payout => 13,
        }
    }

    fn record_from(&self, family: Family, from: &[u8]) -> Found {
        match family {
            Family::Totals => single(from, || bytes_of(&self.totals())),
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
                row(&self.payouts, from, |row| {
                    // When it is asked about next is no part of what is true.
                    let head = PayoutHead { tries: 0, next_at: Timestamp::ZERO, ..row.head };
                    bytes_of(&PayoutRow { head, grant_prev: None })
                })
            }
        }
    }

    fn rows(&self, family: Family) -> Option<u64> {
        match family {
            Family::Program => Some(self.programs.len()),
            Family::Application => Some(self.applications.len()),
            Family::Grant => Some(self.grants.len()),
            Family::Payout => Some(self.payouts.len()),
            Family::Totals
            | Family::ProgramBody
            | Family::Account
            | Family::Declaration
            | Family::Review
            | Family::Milestone
            | Family::Report => None,
        }
    }

    fn fits(family: Family, key: &[u8], value: &[u8]) -> bool {
        match family {
            Family::Totals => sized::<Totals>(value),
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
        }
    }

    fn put_record(&mut self, family: Family, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        match family {
            Family::Totals => self.totals.set(0, &Totals::read(value))?,
            Family::Program => {
                let slot = self.programs.push(&ProgramRow::read(value))?;
                check_slot(key, slot)?;
            }
            Family::ProgramBody => {
                let id = u32::from_be_bytes(padded(key).unwrap_or_default());
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
        }
        Ok(())
    }
}

impl<M: Memory> Store<M> {
    fn put_back_application(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let (row, body) = split(value).unwrap_or_else(damaged);
        let head = ApplicationRow::read(row).head;
        let at = head.program.slot();
        let mut program = self.programs.get(at).ok_or_else(|| gap("programme"))?;
        let account = self.account(&head.applicant, head.program);
        let links = ApplicationLinks {
            program_prev: program.links.newest_application,
            applicant_prev: account.newest,
            body: self.bodies.append(body)?,
        };
        let slot = self.applications.push(&ApplicationRow { head, links })?;
        check_slot(key, slot)?;
        let id = ApplicationId::from_slot(slot).ok_or_else(|| gap("application"))?;
        self.enlist(head.program, head.state, slot, &mut program);
        program.links.newest_application = Some(id);
        self.programs.set(at, &program)?;
        let account = Account { newest: Some(id), ..account };
        self.accounts.insert(account_key(&head.applicant, head.program), account);
        if head.state == ApplicationState::ChangesRequested {
            let until = revise_application::deadline(&head, &program.head);
            self.put_wake(Wake::Application(id, until));
        }
        Ok(())
    }

    fn put_back_grant(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let head = GrantRow::read(value).head;
        let at = head.program.slot();
        let mut program = self.programs.get(at).ok_or_else(|| gap("programme"))?;
        let links = GrantLinks { program_prev: program.links.newest_grant, newest_payout: None };
        let slot = self.grants.push(&GrantRow { head, links })?;
        check_slot(key, slot)?;
        let id = GrantId::from_slot(slot).ok_or_else(|| gap("grant"))?;
        program.links.newest_grant = Some(id);
        self.programs.set(at, &program)?;
        if let Some(due) = life::due(&head, &program.head.bounds) {
            self.put_wake(Wake::Grant(id, due));
        }
        Ok(())
    }

    fn put_back_payout(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let head = PayoutRow::read(value).head;
        let at = head.grant.slot();
        let mut grant = self.grants.get(at).ok_or_else(|| gap("grant"))?;
        let row = PayoutRow { head, grant_prev: grant.links.newest_payout };
        let slot = self.payouts.push(&row)?;
        check_slot(key, slot)?;
        grant.links.newest_payout = PayoutId::from_slot(slot);
        self.grants.set(at, &grant)?;
        Ok(())
    }
}

fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let size = usize::try_from(ApplicationRow::SIZE).ok()?;
    let (row, body) = value.split_at_checked(size)?;
    sized::<ApplicationRow>(row).then_some((row, body))
}
