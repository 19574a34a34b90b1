//! The registry's word is asked for last, and counts.

use super::*;
use crate::records::{Conflict, Profile, Recommendation};
use crate::rules::quorum::{Case, Panel, tests::declaration};
use crate::rules::{
    Change, ProgramView, SealedContent, create_program, declare_conflict, fixtures, save_draft,
    submit_review, update_program,
};
use crate::types::{ApplicationId, ApplicationState, ProgramState};

const FIRST: ProgramId = match ProgramId::new(1) {
    Some(id) => id,
    None => panic!("not zero"),
};

fn user(id: u64, status: UserStatus) -> Standing {
    Standing { user: Some((id, status)), ..Standing::default() }
}

fn reviewer(scope: &str) -> Standing {
    let held =
        |role: &str, scope: &str| HeldRole { role: role.to_owned(), scope: scope.to_owned() };
    let roles = vec![held("member", ""), held("reviewer", scope)];
    Standing { roles, ..user(9, UserStatus::Active) }
}

fn known(standings: &[(Principal, Standing)]) -> People {
    People::Known(standings.iter().cloned().collect())
}

fn nobody() -> People {
    known(&[])
}

#[test]
fn an_applicant_is_active_or_unknown() {
    let alice = fixtures::alice();
    let apply = |standing: Standing| known(&[(alice, standing)]).need_applicant(alice);
    assert_eq!(apply(user(1, UserStatus::Active)), Ok(()));
    assert_eq!(apply(Standing::default()), Ok(()));
    for status in [UserStatus::Pending, UserStatus::Suspended, UserStatus::Closed] {
        let refused = StateFault::ApplicantStanding { status };
        assert_eq!(apply(user(1, status)), Err(refused.into()));
    }
    assert_eq!(nobody().need_applicant(alice), Err(GrantError::Unasked(vec![alice])));
    assert_eq!(People::NoRegistry.need_applicant(alice), Ok(()));
}

#[test]
fn nobody_is_asked_about_a_request_that_is_refused_anyway() {
    let (alice, people) = (fixtures::alice(), nobody());
    let ctx = fixtures::ctx(alice);
    let save = |state| {
        let mut view = save_draft::View { people: &people, ..save_draft::tests::view() };
        view.program.1.state = state;
        let sealed = SealedContent::new(fixtures::content(0));
        save_draft::save_draft(&view, Default::default, alice, sealed, &ctx)
    };
    assert!(matches!(save(ProgramState::Closed), Err(GrantError::State(_))));
    assert_eq!(save(ProgramState::Open).err(), Some(GrantError::Unasked(vec![alice])));
}

#[test]
fn a_panel_has_only_reviewers_of_the_programme() {
    let input = create_program::Input { terms: fixtures::terms(), managers: vec![] };
    let ctx = fixtures::ctx(fixtures::manager());
    let create = |people: &People| {
        let view = create_program::View {
            profile: Profile::Production,
            is_program_manager: true,
            next: Some(FIRST),
            people,
        };
        create_program::create_program(&view, &input, &ctx).map(drop)
    };
    let panel = |last: Standing| {
        let scopes = ["", "micro_grants"].map(reviewer);
        let [first, second] = scopes;
        known(&[
            (fixtures::reviewer(0), first),
            (fixtures::reviewer(1), second),
            (fixtures::reviewer(2), last),
        ])
    };
    let refused = InputFault::ReviewerRole { reviewer: fixtures::reviewer(2) };
    assert_eq!(create(&panel(reviewer("micro_grants/program/1"))), Ok(()));
    for wrong in [reviewer("micro_grants/program/2"), reviewer("other"), Standing::default()] {
        assert_eq!(create(&panel(wrong)), Err(refused.clone().into()));
    }
    let everybody = [0, 1, 2].map(fixtures::reviewer).to_vec();
    assert_eq!(create(&nobody()), Err(GrantError::Unasked(everybody)));
    let mut view = fixtures::program();
    view.head.state = ProgramState::Paused;
    let update = |view: &ProgramView, people: &People| {
        let (asset, terms) = (fixtures::asset(), fixtures::terms());
        update_program::update_program(view, Profile::Production, &asset, &terms, people, &ctx)
    };
    assert!(update(&view, &panel(reviewer(""))).is_ok());
    assert_eq!(update(&view, &panel(Standing::default())).err(), Some(refused.into()));
}

/// Reviewer 0 about an application of Alice.
fn judge(people: &People, conflict: Conflict) -> [Result<Change, GrantError>; 2] {
    let body = fixtures::program().body;
    let head = fixtures::application(ApplicationState::UnderReview, 500);
    let content = fixtures::content(500);
    let ctx = fixtures::ctx(fixtures::reviewer(0));
    let id = ApplicationId::new(1).expect("not zero");
    let fresh = Panel::default();
    let mut cleared = Panel::default();
    cleared.declarations.push((0, declaration(Conflict::None)));
    let case = |panel| Case { body: &body, head: &head, content: &content, panel };
    let input = submit_review::Input {
        scores: vec![5, 5],
        recommendation: Recommendation::Approve,
        rationale_hash: None,
    };
    [
        declare_conflict::declare_conflict(id, &case(&fresh), conflict, None, people, &ctx),
        submit_review::submit_review(id, &case(&cleared), &input, people, &ctx),
    ]
}

fn people_with(reviewer: Standing, applicant: Standing) -> People {
    let team = fixtures::content(500).team[0];
    known(&[
        (fixtures::reviewer(0), reviewer),
        (fixtures::alice(), applicant),
        (team, Standing::default()),
    ])
}

#[test]
fn u4_a_role_that_has_ended_authorises_nothing() {
    let fine = people_with(reviewer(""), user(1, UserStatus::Active));
    assert!(judge(&fine, Conflict::None).iter().all(Result::is_ok));
    let ended = people_with(user(9, UserStatus::Active), user(1, UserStatus::Active));
    for conflict in [Conflict::None, Conflict::Financial] {
        for refused in judge(&ended, conflict) {
            assert_eq!(refused.err(), Some(AccessFault::ReviewerRole.into()));
        }
    }
}

#[test]
fn g6_the_same_user_or_a_shared_wallet_is_an_interest() {
    let independence = || Some(AccessFault::Independence.into());
    let same_user = people_with(reviewer(""), user(9, UserStatus::Active));
    assert!(judge(&same_user, Conflict::None).map(Result::err) == [independence(), independence()]);
    let wallets =
        |wallets: &[Hash], standing: Standing| Standing { wallets: wallets.to_vec(), ..standing };
    let applicant = |hash: Hash| wallets(&[[1; 32], hash], user(1, UserStatus::Active));
    let with = |hash| people_with(wallets(&[[7; 32]], reviewer("")), applicant(hash));
    assert!(
        judge(&with([7; 32]), Conflict::None).map(Result::err) == [independence(), independence()]
    );
    assert!(judge(&with([8; 32]), Conflict::None).iter().all(Result::is_ok));
    // Whoever has an interest may say so.
    let [declared, _] = judge(&same_user, Conflict::Financial);
    assert!(declared.is_ok());
}

#[test]
fn g6_the_team_counts_like_the_applicant() {
    let content = fixtures::content(500);
    let People::Known(mut all) = people_with(reviewer(""), Standing::default()) else {
        panic!("a registry");
    };
    all.insert(content.team[0], user(9, UserStatus::Active));
    let judged = judge(&People::Known(all), Conflict::None);
    assert!(judged.into_iter().all(|one| one.err() == Some(AccessFault::Independence.into())));
    // All of them are asked about in one question.
    let wanted = vec![fixtures::reviewer(0), fixtures::alice(), content.team[0]];
    for unasked in judge(&nobody(), Conflict::None) {
        assert_eq!(unasked.err(), Some(GrantError::Unasked(wanted.clone())));
    }
}

#[test]
fn two_people_without_a_user_are_not_the_same() {
    let nobody = Standing { user: None, ..reviewer("") };
    let people = people_with(nobody, Standing::default());
    assert!(judge(&people, Conflict::None).iter().all(Result::is_ok));
}
