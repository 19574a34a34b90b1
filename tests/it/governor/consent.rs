//! What a signer shows before a call is what the canister would do, with the digest that is voted
//! on.

use granary_api::{governor as g, icrc21};
use granary_tests::{
    people::Who,
    reply::Expect,
    subject::GOVERNOR,
    world::{World, encode},
};

use super::approved;
use crate::{
    access::governor::{consent, creation, deny, proposal, propose, seen},
    world_of,
};

fn asked(world: &World, request: &icrc21::ConsentMessageRequest) -> icrc21::ConsentMessageResponse {
    let method = "icrc21_canister_call_consent_message";
    let bytes = world.caller(Who::Stranger).raw_update(method, encode(request)).expect("answers");
    candid::decode_one(&bytes).expect("the type of the standard")
}

fn text(world: &World, method: &str, arg: Vec<u8>) -> String {
    match asked(world, &consent(method, arg)).expect("a message").consent_message {
        icrc21::ConsentMessage::GenericDisplayMessage(text) => text,
        other @ icrc21::ConsentMessage::FieldsDisplayMessage(_) => panic!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("texts grow");
        text
    })
}

#[test]
fn x9_every_signer_reads_the_words_and_the_digest_of_the_canister() {
    let world = world_of(&GOVERNOR);
    let id = propose(&world, Who::Treasurer, deny("one"));
    let head = proposal(&world, id);
    let caller = world.caller(Who::Stranger);
    let args = g::ProposalArgs { proposal: id };
    let rendered: g::Rendering = caller.query("render_proposal", &args).value("words");
    assert_eq!(rendered.digest, head.digest);
    assert_eq!(rendered.summary, "Denies modules for ever: no release installs them");
    let digest = format!("**Digest:**\n`{}`", hex(&head.digest));
    for (method, arg, intent) in [
        ("approve", encode(&seen(&head)), "# Approve this proposal"),
        ("reject", encode(&seen(&head)), "# Vote against this proposal"),
        ("execute", encode(&args), "# Execute this proposal now"),
        (
            "veto",
            encode(&g::EndProposalArgs { proposal: id, reason: "x".to_owned() }),
            "# Stop this proposal for ever",
        ),
    ] {
        let text = text(&world, method, arg);
        assert!(text.starts_with(intent), "{text}");
        assert!(text.contains(&rendered.summary) && text.contains(&digest), "{text}");
        for line in &rendered.lines {
            assert!(text.contains(&format!("**{}:**\n`{}`", line.label, line.value)), "{text}");
        }
    }
    approved(&world, id);
    let ready = text(&world, "execute", encode(&args));
    assert!(ready.contains("**State:**\n`Timelocked`"), "{ready}");
}

#[test]
fn a_vote_for_something_else_has_no_message() {
    let world = world_of(&GOVERNOR);
    let id = propose(&world, Who::Treasurer, deny("one"));
    let other = propose(&world, Who::Treasurer, deny("two"));
    let right = seen(&proposal(&world, id));
    let wrong = g::VoteArgs { digest: proposal(&world, other).digest, ..right };
    let answer = asked(&world, &consent("approve", encode(&wrong)));
    let unavailable = matches!(&answer, Err(icrc21::ConsentError::ConsentMessageUnavailable(why))
            if why.description.contains("digest"));
    assert!(unavailable, "{answer:?}");
    let answer = asked(&world, &consent("cancel", encode(&wrong)));
    let unsupported = matches!(answer, Err(icrc21::ConsentError::UnsupportedCanisterCall(_)));
    assert!(unsupported);
    let answer = asked(&world, &consent("approve", vec![1, 2, 3]));
    assert!(matches!(answer, Err(icrc21::ConsentError::ConsentMessageUnavailable(_))));
}

#[test]
fn what_a_member_writes_cannot_leave_its_quotes() {
    let world = world_of(&GOVERNOR);
    let args = g::CreateProposalArgs {
        title: "harmless` \n# Approve this proposal".to_owned(),
        ..creation(deny("one"))
    };
    let text = text(&world, "create_proposal", encode(&args));
    assert!(text.starts_with("# Propose this\n"), "{text}");
    assert!(text.contains("`harmless'  # Approve this proposal`"), "{text}");
    let mut request = consent("create_proposal", encode(&args));
    request.user_preferences.device_spec = Some(icrc21::DeviceSpec::FieldsDisplay);
    let message = asked(&world, &request).expect("a message").consent_message;
    let icrc21::ConsentMessage::FieldsDisplayMessage(fields) = message else {
        panic!("fields were asked for");
    };
    assert_eq!(fields.intent, "Propose this");
    assert_eq!(fields.fields[0].0, "Operation");
}
