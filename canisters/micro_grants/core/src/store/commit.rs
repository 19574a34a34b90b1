//! One change in one go: rows, links, lists, totals, jobs, journal.

use granary_kernel::NO_ROOM;
use granary_kernel::roles::principal_array;
use granary_stable::keys::FixedKey;
use granary_stable::record::Stored;
use ic_stable_structures::Memory;

use crate::records::application::{LINKS_AT, STATE_LIST};
use crate::records::totals::step_wide;
use crate::records::{
    Account, ApplicationHead, ApplicationLinks, ApplicationRow, GrantHead, GrantLinks, GrantRow,
    Milestone, PayoutHead, PayoutRow, ProgramBody, ProgramHead, ProgramLinks, ProgramRow,
};
use crate::rules::{Change, Ctx, ReviewKey, Wake};
use crate::store::clock::{CLOCK_APPLICATION, CLOCK_GRANT};
use crate::store::{Receipt, Store};
use crate::types::{ApplicationId, ApplicationState, GrantId, PayoutId, Principal, ProgramId};
use granary_kernel::row::{damaged, number};

/// A list field contradicts its rows.
const BAD_LIST: &str = "BUG: a list of applications is damaged";

impl<M: Memory> Store<M> {
    /// Applies `change` and answers its receipt.
    ///
    /// # Panics
    /// When stable memory has no room, which takes the whole message back.
    pub(crate) fn commit(&mut self, change: Change, ctx: &Ctx) -> Receipt {
        let Change {
            program,
            program_body,
            application,
            content,
            account,
            declaration,
            review,
            grant,
            milestones,
            payout,
            report,
            wake,
            events,
        } = change;
        self.put_body(program_body);
        let chain = account.as_ref().map(|(_, _, account)| account);
        let newest =
            self.put_program_and_application(program.as_ref(), application, content, chain, ctx);
        if let Some((applicant, program, account)) = account {
            let newest = newest.or(account.newest);
            self.accounts.insert(account_key(&applicant, program), Account { newest, ..account });
        }
        if let Some((application, seat, said)) = declaration {
            self.declarations.insert(declaration_key(application, seat), Stored(said));
        }
        if let Some((application, key, said)) = review {
            self.reviews.insert(review_key(application, key), Stored(said));
        }
        if let Some((id, head)) = grant {
            self.put_grant(id, head);
        }
        for (grant, index, milestone) in milestones {
            self.put_milestone(grant, index, milestone);
        }
        if let Some((id, head)) = payout {
            self.put_payout(id, head, ctx);
        }
        if let Some((grant, number, report)) = report {
            self.reports.insert(report_key(grant, number), Stored(report));
        }
        if let Some(wake) = wake {
            self.put_wake(wake);
        }
        self.record(&events, ctx)
    }

    fn put_body(&mut self, body: Option<(ProgramId, ProgramBody)>) {
        let Some((id, body)) = body else { return };
        let seats =
            |body: &ProgramBody| u64::try_from(body.reviewers().count()).unwrap_or(u64::MAX);
        let after = seats(&body);
        let before = self.program_bodies.insert(id.get(), Stored(body));
        let before = before.map_or(0, |Stored(body)| seats(&body));
        let mut totals = self.totals();
        totals.reviewers = totals.reviewers.saturating_add(after).saturating_sub(before);
        self.totals.set(0, &totals).expect(NO_ROOM);
    }

    /// Writes a programme's row and an application's row; the lists tie the two together.
    /// `chain` is the applicant's account when the change has it already.
    /// Answers the application when it is new.
    fn put_program_and_application(
        &mut self,
        program: Option<&(ProgramId, ProgramHead)>,
        application: Option<(ApplicationId, ApplicationHead)>,
        content: Option<Vec<u8>>,
        chain: Option<&Account>,
        ctx: &Ctx,
    ) -> Option<ApplicationId> {
        let id = program
            .map(|(id, _)| *id)
            .or_else(|| application.as_ref().map(|(_, head)| head.program))?;
        let stored = self.programs.get(id.slot());
        let mut row = match (program, stored) {
            (Some((_, head)), Some(row)) => ProgramRow { head: *head, ..row },
            (Some((_, head)), None) => ProgramRow { head: *head, links: ProgramLinks::default() },
            (None, Some(row)) => row,
            (None, None) => damaged(),
        };
        let mut totals = self.totals();
        let before = totals;
        let available = stored.map_or(0, |row| row.head.ledger.available.get());
        totals.available = step_wide(totals.available, available, row.head.ledger.available.get());
        let mut newest = None;
        if let Some((application, head)) = application {
            let old = self.applications.get(application.slot());
            totals = totals.moved(old.as_ref().map(|row| &row.head), &head, ctx.now);
            if old.is_none() {
                newest = Some(application);
            }
            self.put_application(application, head, old, content, chain, &mut row);
        }
        if totals != before {
            self.totals.set(0, &totals).expect(NO_ROOM);
        }
        if stored.is_some() {
            self.programs.set(id.slot(), &row).expect(NO_ROOM);
        } else {
            let slot = self.programs.push(&row).expect(NO_ROOM);
            assert!(slot == id.slot(), "BUG: a programme's number is not the next");
        }
        newest
    }

    fn put_application(
        &mut self,
        id: ApplicationId,
        head: ApplicationHead,
        old: Option<ApplicationRow>,
        content: Option<Vec<u8>>,
        chain: Option<&Account>,
        program: &mut ProgramRow,
    ) {
        let slot = id.slot();
        let body = content.map(|bytes| self.bodies.append(&bytes).expect(NO_ROOM));
        let Some(old) = old else {
            let newest = match chain {
                Some(account) => account.newest,
                None => self.account(&head.applicant, head.program).newest,
            };
            let links = ApplicationLinks {
                program_prev: program.links.newest_application,
                applicant_prev: newest,
                body: body.unwrap_or_else(damaged),
            };
            let pushed = self.applications.push(&ApplicationRow { head, links }).expect(NO_ROOM);
            assert!(pushed == slot, "BUG: an application's number is not the next");
            program.links.newest_application = Some(id);
            self.enlist(head.program, head.state, slot, program);
            return;
        };
        self.applications.write_part(slot, 0, &head.part()).expect(NO_ROOM);
        if let Some(body) = body {
            let links = ApplicationLinks { body, ..old.links };
            self.applications.write_part(slot, LINKS_AT, &links.part()).expect(NO_ROOM);
        }
        if old.head.state != head.state {
            let list = state_list(head.program, old.head.state);
            let anchor = anchor_of(program, old.head.state);
            STATE_LIST.unlink(&mut self.applications, list, anchor, slot).expect(BAD_LIST);
            self.enlist(head.program, head.state, slot, program);
        }
    }

    pub(crate) fn enlist(
        &mut self,
        id: ProgramId,
        state: ApplicationState,
        slot: u64,
        program: &mut ProgramRow,
    ) {
        let anchor = anchor_of(program, state);
        STATE_LIST
            .push_back(&mut self.applications, state_list(id, state), anchor, slot)
            .expect(BAD_LIST);
    }

    fn put_grant(&mut self, id: GrantId, head: GrantHead) {
        if let Some(old) = self.grants.get(id.slot()) {
            self.grants.set(id.slot(), &GrantRow { head, ..old }).expect(NO_ROOM);
            return;
        }
        let at = head.program.slot();
        let mut program = self.programs.get(at).unwrap_or_else(damaged);
        let links = GrantLinks { program_prev: program.links.newest_grant, newest_payout: None };
        let slot = self.grants.push(&GrantRow { head, links }).expect(NO_ROOM);
        assert!(slot == id.slot(), "BUG: a grant's number is not the next");
        program.links.newest_grant = Some(id);
        self.programs.set(at, &program).expect(NO_ROOM);
    }

    pub(crate) fn put_milestone(&mut self, grant: GrantId, index: u16, milestone: Milestone) {
        self.milestones.insert(milestone_key(grant, index), Stored(milestone));
    }

    // Out of the way of the many changes without a payout.
    #[inline(never)]
    fn put_payout(&mut self, id: PayoutId, head: PayoutHead, ctx: &Ctx) {
        if let Some(old) = self.payouts.get(id.slot()) {
            self.payouts.set(id.slot(), &PayoutRow { head, ..old }).expect(NO_ROOM);
            self.payout_moved(id, Some(old.head.state), head.state, ctx);
            return;
        }
        let at = head.grant.slot();
        let mut grant = self.grants.get(at).unwrap_or_else(damaged);
        let row = PayoutRow { head, grant_prev: grant.links.newest_payout };
        let slot = self.payouts.push(&row).expect(NO_ROOM);
        assert!(slot == id.slot(), "BUG: a payout's number is not the next");
        grant.links.newest_payout = Some(id);
        self.grants.set(at, &grant).expect(NO_ROOM);
        self.payout_moved(id, None, head.state, ctx);
    }

    pub(crate) fn put_wake(&mut self, wake: Wake) {
        let (kind, key, at) = match wake {
            Wake::Application(id, at) => (CLOCK_APPLICATION, id.wire(), at),
            Wake::Grant(id, at) => (CLOCK_GRANT, id.wire(), at),
        };
        self.ensure_job(kind, key, at);
    }
}

/// The list number of a programme's applications in one state; never 0.
pub(crate) fn state_list(program: ProgramId, state: ApplicationState) -> u32 {
    let state = u32::from(number(&ApplicationState::ALL, &state));
    program.get().saturating_mul(16).saturating_add(state)
}

pub(crate) fn anchor_of(
    row: &mut ProgramRow,
    state: ApplicationState,
) -> &mut granary_stable::list::Anchor {
    let at = usize::from(number(&ApplicationState::ALL, &state));
    row.links.by_state.get_mut(at).unwrap_or_else(damaged)
}

pub(crate) fn account_key(applicant: &Principal, program: ProgramId) -> FixedKey<34> {
    FixedKey::of(|key| {
        key.put(&principal_array(applicant)).u32(program.get());
    })
}

pub(crate) fn declaration_key(application: ApplicationId, seat: u16) -> FixedKey<6> {
    FixedKey::of(|key| {
        key.u32(application.get()).u16(seat);
    })
}

pub(crate) fn review_key(application: ApplicationId, review: ReviewKey) -> FixedKey<9> {
    let ReviewKey { version, panel, seat } = review;
    FixedKey::of(|key| {
        key.u32(application.get()).u16(version).u8(panel).u16(seat);
    })
}

pub(crate) fn milestone_key(grant: GrantId, index: u16) -> FixedKey<6> {
    FixedKey::of(|key| {
        key.u32(grant.get()).u16(index);
    })
}

pub(crate) fn report_key(grant: GrantId, number: u32) -> FixedKey<8> {
    FixedKey::of(|key| {
        key.u32(grant.get()).u32(number);
    })
}
