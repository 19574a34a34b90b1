//! What a signer shows to a member (ICRC-21).

use granary_api::{icrc21 as i, recovery as r};
use granary_tests::{
    people::Who,
    reply::{Expect, plain},
    world::encode,
};
use serde_bytes::ByteBuf;

use super::{MEMBERS, Repair};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn ask(
    repair: &Repair,
    method: &str,
    arg: Vec<u8>,
    device_spec: Option<i::DeviceSpec>,
) -> i::ConsentMessageResponse {
    let language = "de".to_owned();
    let metadata = i::ConsentMessageMetadata { language, utc_offset_minutes: Some(-60) };
    let request = i::ConsentMessageRequest {
        method: method.to_owned(),
        arg: ByteBuf::from(arg),
        user_preferences: i::ConsentMessageSpec { metadata, device_spec },
    };
    let caller = repair.recovery.caller(Who::Anonymous);
    let reply = caller.raw_update("icrc21_canister_call_consent_message", encode(&request));
    plain(reply).value("a message or why there is none")
}

#[test]
fn k36_members_see_what_they_sign_with_its_digest() {
    let repair = Repair::new();
    let install = repair.stage(&repair.governor.subject().next(1));
    let operation = r::Operation::Install(install.clone());
    let submit = r::SubmitRequestArgs { operation: operation.clone(), idempotency_key: None };
    let before = ask(&repair, "submit_request", encode(&submit), None).expect("a message");
    let request = repair.submit(MEMBERS[0], &operation);
    let digest = repair.request(request).digest;
    let i::ConsentMessage::GenericDisplayMessage(text) = before.consent_message else {
        panic!("text without a device")
    };
    assert!(text.starts_with("# Ask the recovery committee"), "{text}");
    let target = repair.governor.canister.to_text();
    for part in [hex(&install.wasm_hash), hex(&digest), target.clone()] {
        assert!(text.contains(&part), "{part}: {text}");
    }
    assert_eq!(before.metadata.language, "en");
    assert_eq!(before.metadata.utc_offset_minutes, Some(-60));

    let approve = r::ApproveRequestArgs { request, digest: digest.clone() };
    let fields = Some(i::DeviceSpec::FieldsDisplay);
    let shown = ask(&repair, "approve_request", encode(&approve), fields).expect("a message");
    let i::ConsentMessage::FieldsDisplayMessage(shown) = shown.consent_message else {
        panic!("fields for a device with fields")
    };
    assert_eq!(shown.intent, "Approve a repair of the governor");
    let find = |label: &str| {
        let found = shown.fields.iter().find(|(name, _)| name == label);
        found.map(|(_, value)| value.clone())
    };
    assert_eq!(find("Governor"), Some(i::Value::Text { content: target }));
    assert_eq!(find("Digest"), Some(i::Value::Text { content: hex(&digest) }));
    assert_eq!(find("Chunks"), Some(i::Value::Text { content: "2".to_owned() }));
}

#[test]
fn what_has_no_message_is_not_signed() {
    let repair = Repair::new();
    let request = repair.submit(MEMBERS[0], &r::Operation::Start);
    let unavailable = |method: &str, arg: Vec<u8>| {
        matches!(
            ask(&repair, method, arg, None),
            Err(i::ConsentError::ConsentMessageUnavailable(_))
        )
    };
    let wrong = r::ApproveRequestArgs { request, digest: ByteBuf::from(vec![7; 32]) };
    assert!(unavailable("approve_request", encode(&wrong)), "another digest");
    let missing = r::ApproveRequestArgs { request: 9, digest: ByteBuf::from(vec![7; 32]) };
    assert!(unavailable("approve_request", encode(&missing)));
    assert!(unavailable("submit_request", b"DIDL no arguments".to_vec()));
    let other = ask(&repair, "set_committee", vec![], None);
    assert!(matches!(other, Err(i::ConsentError::UnsupportedCanisterCall(_))));
    let standards = repair.recovery.caller(Who::Stranger).icrc10_supported_standards();
    let names: Vec<String> =
        standards.value("standards").into_iter().map(|standard| standard.name).collect();
    assert_eq!(names, ["ICRC-10", "ICRC-21"]);
}
