//! Money that leaves the treasury, typed command by command: who is asked, what is refused, and how
//! it is stopped.

#![cfg(unix)]

use crate::desk::{Desk, vault};
use serde_json::Value;

/// What the treasury begins with: 2,000 test dollars.
const BUDGET: u128 = 2_000_000_000;

#[test]
fn money_leaves_by_rules_and_people_and_can_be_stopped() {
    let desk = Desk::new();
    let asset = fund(&desk);
    let shop = principal(&desk, "shop");
    let pay = |amount: &str, key: &str| {
        let line = format!("payments submit {amount} --asset {asset} --to {shop} --key {key}");
        desk.ok(&line)["id"].as_u64().unwrap()
    };
    policy(&desk, asset);
    look_around(&desk, asset);
    let rent = pay("250.50", "rent-1");
    assert_eq!(pay("250.50", "rent-1"), rent, "the same key is the same payment");
    waits_for_two(&desk, rent, &shop);
    let [second, third] = [pay("300", "rent-2"), pay("400", "rent-3")];
    let [small, huge] = [pay("0.5", "stamps"), pay("1b", "everything")];
    approved_and_paid(&desk, rent);
    ends(&desk, second, third);
    assert_eq!(wait(&desk, 0, small)["approvals_needed"], 0, "small ones ask nobody");
    let denied = wait(&desk, 5, huge);
    assert!(denied["reason"].as_str().unwrap().starts_with("max_per_tx: "), "{denied}");
    guardians(&desk);
    let stopped = pay("0.75", "sealed");
    let held = wait(&desk, 5, stopped);
    assert!(held["reason"].as_str().unwrap().starts_with("seal: "), "{held}");
    unsealed(&desk);
    desk.ok(&format!("payments reconcile {stopped}"));
    assert_eq!(wait(&desk, 0, stopped)["amount_units"], "750000");
    standing(&desk, asset, &shop);
    tighten_and_loosen(&desk, asset);
    announced(&desk, asset, &shop);
    wrong_payments(&desk, asset, &shop, rent);
    wrong_orders(&desk, asset);
    let found = desk.ok(&format!("payments asset check {asset}"));
    // Three payments, and a cent for each.
    assert_eq!(
        found["balance_units"],
        (BUDGET - 250_500_000 - 500_000 - 750_000 - 30_000).to_string()
    );
    assert_eq!(desk.ok("payments asset list")["items"][0]["paid_units"], "251780000");
    // What so much happened to restores as well; the guard here is under another controller.
    let saved = "--only registry --only portfolio --only execution --only micro_grants";
    let drill = desk.ok(&format!("backup drill {saved}"));
    assert_eq!(drill["ok"], true, "{drill}");
}

fn principal(desk: &Desk, name: &str) -> String {
    desk.ok(&format!("--as {name} identity"))["principal"].as_str().unwrap().to_owned()
}

/// Where a payment rests, and how the command says so.
fn wait(desk: &Desk, code: i32, payment: u64) -> Value {
    desk.code(code, &format!("payments wait {payment} --for 30s"))
}

/// A ledger, its place in the books, and the deposit as it came.
fn fund(desk: &Desk) -> u64 {
    desk.ok("deploy registry portfolio execution micro_grants --profile testing");
    vault::guard(desk);
    let wired = desk.ok("deploy execution")["wired"].to_string();
    assert!(wired.contains("execution knows risk_guard"), "{wired}");
    let (execution, ledger) = (vault::place(desk, "execution"), vault::ledger(desk, BUDGET));
    let add = format!("books asset add TUSD {ledger} --treasury {execution} --decimals 6");
    let asset = desk.ok(&format!("{add} --fee 0.01"))["id"].as_u64().unwrap();
    let outside = vault::outside();
    desk.ok(&format!(
        "books post deposit 2_000 --asset {asset} --from {outside} --to treasury --block 0"
    ));
    assert_eq!(desk.code(2, &format!("payments asset check {asset}"))["code"], "cli.asset");
    desk.ok(&format!("payments asset adopt {asset}"));
    asset
}

/// What loosens waits and is applied when its time has come; what tightens holds at once.
fn policy(desk: &Desk, asset: u64) {
    let (ledger, other) = (vault::place(desk, "registry"), asset + 1);
    desk.ok(&format!("books asset add XUSD {ledger} --treasury {ledger} --decimals 2"));
    let first = desk.code(2, &format!("guard limits set {other} --day 1k"));
    assert_eq!(first["code"], "cli.first_limits");
    let set = format!("guard limits set {other} --max-per-tx 7.25 --day 1.5k --reference 1");
    assert_eq!(desk.ok(&format!("{set} --dry-run"))["method"], "propose_policy");
    applied(desk, &desk.ok(&set));
    let limits = desk.ok(&format!("guard limits show {other}"));
    assert_eq!(limits["items"][0]["max_per_tx_units"], "725");
    let nothing = desk.ok(&format!("guard limits set {other} --nothing"));
    assert_eq!((&nothing["state"], &nothing["holds"]), (&"applied".into(), &true.into()));
    let loosened = desk.ok("guard rules set --steward-change 1500 --tier 100:0:0 --tier any:2:0");
    assert_eq!(loosened["loosens"][0], "steward.max_change_bps");
    applied(desk, &loosened);
    let rules = desk.ok("guard rules show");
    let tiers = &rules["tiers"];
    assert_eq!((&tiers[0]["bound"], &tiers[1]["approvals"]), (&"100.00".into(), &2.into()));
    assert_eq!(rules["steward_change_bps"], 1_500);
}

/// A change that loosens is none until its time has come and somebody applies it.
fn applied(desk: &Desk, proposed: &Value) {
    assert_eq!((&proposed["state"], &proposed["holds"]), (&"proposed".into(), &false.into()));
    let id = &proposed["id"];
    let apply = format!("guard change apply {id}");
    assert!((0..200).any(|_| desk.run(&apply).status.success()), "its time never came");
    let shown = desk.ok(&format!("guard change show {id}"));
    assert_eq!((&shown["state"], &shown["holds"]), (&"applied".into(), &true.into()));
    assert_eq!(desk.code(1, &apply)["code"], "risk_guard.policy.state");
}

fn look_around(desk: &Desk, asset: u64) {
    let status = desk.ok("guard status");
    assert_eq!((&status["status"], &status["mode"]), (&"healthy".into(), &"full".into()));
    let day = status["limits"][0]["windows"].as_array().unwrap().iter();
    let day = day.filter(|window| window["window"] == "day").collect::<Vec<_>>();
    assert_eq!(
        (&day[0]["limit_units"], &day[0]["used_units"]),
        (&"1500000000".into(), &"0".into())
    );
    assert_eq!(desk.ok("guard solvency")["solvent"], true);
    assert_eq!(desk.ok("guard breakers")["schema"], "granary.breakers/1");
    assert_eq!(desk.ok("guard change list")["items"].as_array().unwrap().len(), 3);
    let paths = desk.ok(&format!("guard explain {asset} 500 --purpose manual"))["paths"].clone();
    let direct = paths.as_array().unwrap().iter().find(|path| path["way"] == "direct").unwrap();
    assert_eq!((&direct["open"], &direct["approvals"]), (&true.into(), &2.into()));
    let paths =
        desk.ok(&format!("guard explain {asset} 1_000.01 --purpose manual"))["paths"].clone();
    let direct = paths.as_array().unwrap().iter().find(|path| path["way"] == "direct").unwrap();
    assert_eq!((&direct["open"], &direct["rule"]), (&false.into(), &"max_per_tx".into()));
}

/// A payment above the tier of nobody rests until people come, and says what it is.
fn waits_for_two(desk: &Desk, rent: u64, shop: &str) {
    let resting = wait(desk, 3, rent);
    assert_eq!(resting["state"], "awaiting_approval");
    assert!(resting["next"].as_str().unwrap().starts_with("2 more must approve"), "{resting}");
    let listed = desk.ok("payments list --state awaiting_approval --limit 5");
    let row = &listed["items"][0];
    assert_eq!((&row["id"], &row["to"]), (&rent.into(), &shop.into()));
    assert_eq!(
        (&row["amount_units"], &row["amount"]),
        (&"250500000".into(), &"250.50 TUSD".into())
    );
}

/// Both approvers approve exactly what was shown; only then the money moves.
fn approved_and_paid(desk: &Desk, rent: u64) {
    let digest = desk.ok(&format!("payments show {rent}"))["digest"].as_str().unwrap().to_owned();
    let other = digest.chars().rev().collect::<String>();
    let approve = format!("payments approve {rent}");
    assert_eq!(desk.code(2, &format!("{approve} --digest {other}"))["code"], "cli.digest");
    assert_eq!(desk.code(5, &format!("--as treasurer {approve}"))["code"], "common.not_allowed");
    assert_eq!(desk.code(5, &format!("--as stranger {approve}"))["code"], "common.not_allowed");
    let planned = desk.ok(&format!("{approve} --dry-run"));
    assert!(planned["what"].as_str().unwrap().contains(&digest), "{planned}");
    let approved = desk.ok(&format!("{approve} --digest {digest}"));
    assert_eq!((&approved["digest"], &approved["amount"]), (&digest.into(), &"250.50 TUSD".into()));
    assert_eq!(desk.code(1, &approve)["code"], "execution.approval.repeated");
    desk.ok(&format!("payments revoke {rent}"));
    assert_eq!(
        desk.code(1, &format!("payments revoke {rent}"))["code"],
        "execution.approval.missing"
    );
    desk.ok(&approve);
    desk.ok(&format!("--as approver-2 {approve}"));
    let paid = wait(desk, 0, rent);
    assert_eq!((&paid["state"], &paid["booked"]), (&"settled".into(), &true.into()));
    assert!(paid["block"].as_u64().is_some_and(|block| block > 0), "{paid}");
    assert!(paid["entry"].is_u64() && paid["reservation"].is_u64(), "{paid}");
    assert_eq!(paid["approvals"].as_array().unwrap().len(), 2);
    assert_eq!(desk.code(1, &approve)["code"], "execution.intent.state");
}

/// One is rejected by an approver, one taken back by who wanted it.
fn ends(desk: &Desk, bad: u64, needless: u64) {
    wait(desk, 3, bad);
    let refused = desk.code(5, &format!("payments reject {bad} --reason no --as treasurer"));
    assert_eq!(refused["code"], "common.not_allowed");
    desk.ok(&format!("payments reject {bad} --reason unknown-shop"));
    assert_eq!(wait(desk, 5, bad)["state"], "denied");
    wait(desk, 3, needless);
    let cancel = format!("payments cancel {needless} --reason mistake");
    let stranger = desk.code(5, &format!("--as stranger {cancel}"));
    assert_eq!(stranger["code"], "execution.intent.foreign");
    desk.ok(&cancel);
    assert_eq!(desk.code(1, &cancel)["code"], "execution.intent.state");
    assert_eq!(wait(desk, 1, needless)["state"], "cancelled");
}

/// A guardian who is there seals once, and everybody can see it.
fn guardians(desk: &Desk) {
    let guardian = principal(desk, "guardian");
    let stop = "guard seal --scope purpose:manual --for 2h --reason key-lost";
    assert_eq!(desk.code(5, stop)["code"], "risk_guard.seal.no_seat");
    let arm = format!("guard seat arm {guardian} --scope purpose:manual");
    let seat = desk.ok(&arm)["id"].as_u64().unwrap();
    desk.ok(&format!("guard heartbeat {seat}"));
    let stranger = desk.code(5, &format!("--as stranger guard heartbeat {seat}"));
    assert_eq!(stranger["code"], "risk_guard.seat.not_holder");
    assert_eq!(desk.ok("guard seat list")["items"][0]["state"], "armed");
    desk.ok(stop);
    assert_eq!(desk.code(5, stop)["code"], "risk_guard.seal.no_seat", "used up");
    assert_eq!(desk.code(1, &format!("guard seat disarm {seat}"))["code"], "risk_guard.seat.state");
    let alert = desk.ok("guard alerts --open")["items"][0].clone();
    assert_eq!((&alert["kind"], &alert["state"]), (&"SealActive".into(), &"firing".into()));
    let id = &alert["id"];
    assert_eq!(desk.code(5, &format!("--as stranger guard acknowledge {id}"))["exit"], 5);
    desk.ok(&format!("guard acknowledge {id}"));
    desk.ok(&format!("guard resolve {id}"));
    assert_eq!(desk.code(1, &format!("guard resolve {id}"))["code"], "risk_guard.alert.state");
}

fn unsealed(desk: &Desk) {
    let seal = desk.ok("guard seals")["items"][0].clone();
    assert_eq!((&seal["scope"], &seal["state"]), (&"purpose:manual".into(), &"active".into()));
    let unseal = format!("guard unseal {}", seal["id"]);
    assert_eq!(desk.code(5, &format!("--as guardian {unseal}"))["code"], "common.not_allowed");
    desk.ok(&unseal);
    assert_eq!(desk.code(1, &unseal)["code"], "risk_guard.seal.state");
}

/// What may be paid without people, up to an allowance, to one account.
fn standing(desk: &Desk, asset: u64, shop: &str) {
    let who = principal(desk, "manager");
    let grant = format!("payments standing grant {who} --asset {asset} --to {shop} --allowance");
    let id = desk.ok(&format!("{grant} 12.5 --window 1h"))["id"].as_u64().unwrap();
    let listed = desk.ok("payments standing list")["items"][0].clone();
    assert_eq!((&listed["live"], &listed["allowance_units"]), (&true.into(), &"12500000".into()));
    desk.ok(&format!("payments standing revoke {id}"));
    let again = desk.code(1, &format!("payments standing revoke {id}"));
    assert_eq!(again["code"], "execution.authorisation.over");
    let refused = desk.code(2, &format!("{grant} 0"));
    assert_eq!(refused["code"], "execution.authorisation.range");
    assert_eq!(desk.ok("payments orphan list")["items"], Value::Array(vec![]));
}

/// What tightens holds now; what loosens waits, and can be taken back.
fn tighten_and_loosen(desk: &Desk, asset: u64) {
    let tightened = desk.ok(&format!("guard limits set {asset} --max-per-tx 900"));
    assert_eq!(
        (&tightened["state"], &tightened["loosens"]),
        (&"applied".into(), &Value::Array(vec![]))
    );
    let loosened = desk.ok(&format!("guard limits set {asset} --max-per-tx 901"));
    assert_eq!(loosened["state"], "proposed");
    let withdraw = format!("guard change withdraw {}", loosened["id"]);
    desk.ok(&withdraw);
    assert_eq!(desk.code(1, &withdraw)["code"], "risk_guard.policy.state");
    let adjust = format!("guard limits adjust {asset} day");
    assert_eq!(desk.ok(&format!("{adjust} 1_400"))["holds"], true);
    assert_eq!(desk.code(2, &format!("{adjust} 99"))["code"], "risk_guard.steward.bound");
}

/// More than a window lets through, said beforehand.
fn announced(desk: &Desk, asset: u64, shop: &str) {
    let add = |amount: &str, rest: &str| {
        format!("guard announcement add {amount} --asset {asset} --to {shop} {rest}")
    };
    let id = desk.ok(&add("800", "--in 1h --for 2h"))["id"].as_u64().unwrap();
    let listed = desk.ok("guard announcement list")["items"][0].clone();
    assert_eq!(
        (&listed["state"], &listed["amount_units"]),
        (&"announced".into(), &"800000000".into())
    );
    assert_eq!(desk.code(2, &add("0", "--in 1h"))["code"], "risk_guard.amount.zero");
    assert_eq!(desk.code(2, &add("0.0000001", ""))["code"], "cli.amount");
    assert_eq!(desk.code(5, &format!("--as stranger {}", add("5", "")))["exit"], 5);
    let cancel = format!("guard announcement cancel {id}");
    desk.ok(&cancel);
    assert_eq!(desk.code(1, &cancel)["code"], "risk_guard.announcement.state");
}

/// Each wrong in its own way, each refused by its own name.
fn wrong_payments(desk: &Desk, asset: u64, shop: &str, paid: u64) {
    let submit = |amount: &str| {
        format!("payments submit {amount} --asset {asset} --to {shop} --key wrong-{amount}")
    };
    let of_nothing = format!("payments submit 5 --asset 99 --to {shop} --key wrong");
    let other = format!("payments submit 6 --asset {asset} --to {shop} --key rent-1");
    let (digits, nobody) = ("9".repeat(40), 99);
    let cases: [(i32, &str, String); 24] = [
        (2, "execution.amount.zero", submit("0")),
        (2, "execution.amount.dust", submit("0.01")),
        (2, "cli.amount", submit("0.0000001")),
        (2, "cli.amount", submit(&digits)),
        (2, "cli.asset", of_nothing),
        (1, "common.idempotency.conflict", other),
        (5, "common.not_allowed", format!("--as stranger {}", submit("5"))),
        (1, "execution.intent.not_found", "payments show 99".to_owned()),
        (1, "execution.intent.not_found", "payments wait 99".to_owned()),
        (1, "execution.intent.not_found", "payments approve 99".to_owned()),
        (1, "execution.intent.not_found", "payments reconcile 99".to_owned()),
        (1, "execution.intent.state", format!("payments reject {paid} --reason late")),
        (1, "execution.intent.state", format!("payments resolve {paid} pay-again --evidence a")),
        (2, "cli.block", format!("payments resolve {paid} give-up --block 3 --evidence a")),
        (2, "common.page.limit", "payments list --limit 0".to_owned()),
        (2, "common.page.limit", "payments orphan list --limit 0".to_owned()),
        (2, "common.page.limit", "payments standing list --limit 0".to_owned()),
        (5, "common.not_allowed", "--as stranger payments list".to_owned()),
        (5, "common.not_allowed", format!("--as stranger payments show {paid}")),
        (5, "common.not_allowed", format!("--as stranger payments asset check {asset}")),
        (2, "common.page.limit", "payments wake --limit 0".to_owned()),
        (1, "micro_grants.payout.not_found", format!("payments retry {nobody}")),
        (1, "execution.asset.not_adopted", "payments asset adopt 99".to_owned()),
        (1, "execution.orphan.not_found", format!("payments orphan acknowledge {nobody}")),
    ];
    for (code, name, line) in cases {
        assert_eq!(desk.code(code, &line)["code"], name, "{line}");
    }
    assert_eq!(desk.ok("payments wake")["method"], "execute_ready");
    for line in [
        &submit("-5"),
        "payments list --state paid",
        "payments show one",
        "payments resolve 1 paid",
    ] {
        assert_eq!(desk.run(line).status.code(), Some(2), "{line}");
    }
}

fn wrong_orders(desk: &Desk, asset: u64) {
    let explain = |amount: &str| format!("guard explain {asset} {amount}");
    let set = |flags: &str| format!("guard limits set {asset} {flags}");
    let seal = |flags: &str| format!("--as governor guard seal --reason test {flags}");
    let guardian = principal(desk, "guardian");
    let arm = |often: &str| format!("guard seat arm {guardian} --scope all --heartbeat {often}");
    let cases: [(i32, &str, String); 25] = [
        (2, "risk_guard.amount.zero", explain("0")),
        (2, "cli.amount", explain("0.0000001")),
        (2, "cli.asset", "guard explain 99 5".to_owned()),
        (2, "risk_guard.policy.field", set("--max-per-tx 0")),
        (2, "risk_guard.policy.empty", set("--max-payments 9")),
        (2, "cli.amount", set("--day 1e9")),
        (5, "common.not_allowed", format!("--as stranger {}", set("--nothing"))),
        (2, "cli.asset", "guard limits set 99 --day 5".to_owned()),
        (2, "risk_guard.policy.field", "guard rules set --tier any:99:0".to_owned()),
        (2, "risk_guard.delay.range", seal("--scope all --for 59m")),
        (2, "risk_guard.asset.number", seal("--scope asset:0 --for 1h")),
        (1, "risk_guard.seal.not_found", "guard unseal 99".to_owned()),
        (1, "risk_guard.seat.not_found", "guard seat disarm 99".to_owned()),
        (1, "risk_guard.seat.not_found", "guard heartbeat 99".to_owned()),
        (1, "risk_guard.alert.not_found", "guard acknowledge 99".to_owned()),
        (1, "risk_guard.policy.not_found", "guard change apply 99".to_owned()),
        (1, "risk_guard.policy.not_found", "guard change show 99".to_owned()),
        (2, "common.page.limit", "guard alerts --limit 0".to_owned()),
        (2, "common.page.limit", "guard seals --limit 0".to_owned()),
        (2, "common.page.limit", "guard change list --limit 0".to_owned()),
        (2, "common.page.limit", "guard announcement list --limit 0".to_owned()),
        (5, "common.not_allowed", "--as stranger guard status".to_owned()),
        (5, "common.not_allowed", "--as stranger guard solvency".to_owned()),
        (2, "risk_guard.asset.number", "guard limits show 0".to_owned()),
        (2, "risk_guard.delay.range", arm("1s")),
    ];
    for (code, name, line) in cases {
        assert_eq!(desk.code(code, &line)["code"], name, "{line}");
    }
    let seals = ["guard seal --scope rent --for 1h --reason a", "guard seal --scope all --for 1"];
    for line in
        seals.into_iter().chain(["guard rules set --tier 5", "guard limits adjust 1 year 5"])
    {
        assert_eq!(desk.run(line).status.code(), Some(2), "{line}");
    }
    let next = desk.code(1, "guard unseal 99")["next"].clone();
    assert_eq!(next, "granary guard seals");
}
