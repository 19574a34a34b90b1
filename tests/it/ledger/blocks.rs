//! ICRC-3, for which the public suite has no test: the chain, its certificate, its pages.

use candid::{Nat, Principal};
use granary_api::icrc::{
    Account, ApproveArgs, ArchiveInfo, Block, BlockType, GetArchivesArgs, GetBlocksArgs,
    GetBlocksResult, TransferArgs, TransferFromArgs, Value,
};
use granary_proof::certified;
use granary_tests::ledger::{FEE, TestLedger, minter, transfer_args};
use ic_certification::{HashTree, LookupResult};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::{install, network, poor, rich};

/// The tree of a certificate; that the subnet signed it is the network's own matter.
fn certified_tree(certificate: &[u8]) -> HashTree {
    use ciborium::Value as Cbor;
    let certificate: Cbor = ciborium::from_reader(certificate).expect("CBOR");
    let certificate = match certificate {
        Cbor::Tag(_, inner) => *inner,
        plain => plain,
    };
    let parts = certificate.into_map().expect("a certificate is a map");
    let is_tree = |key: &Cbor| key.as_text() == Some("tree");
    let (_, tree) = parts.into_iter().find(|(key, _)| is_tree(key)).expect("it has a tree");
    let mut bytes = Vec::new();
    ciborium::into_writer(&tree, &mut bytes).expect("written to memory");
    certified::read(&bytes).expect("a hash tree")
}

/// The hash of a value, computed from the standard and not by the ledger's code.
fn hash(value: &Value) -> Vec<u8> {
    let bytes = match value {
        Value::Blob(bytes) => bytes.to_vec(),
        Value::Text(text) => text.as_bytes().to_vec(),
        Value::Nat(number) => leb128(u128::try_from(&number.0).expect("of 128 bits")),
        Value::Int(_) => panic!("no block of this ledger holds an integer"),
        Value::Array(items) => items.iter().flat_map(hash).collect(),
        Value::Map(entries) => {
            let mut pairs: Vec<Vec<u8>> = entries
                .iter()
                .map(|(key, value)| [Sha256::digest(key).to_vec(), hash(value)].concat())
                .collect();
            pairs.sort();
            pairs.concat()
        }
    };
    Sha256::digest(bytes).to_vec()
}

fn leb128(mut number: u128) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number % 128).expect("seven bits");
        number /= 128;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 128);
    }
}

fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Map(entries) = value else { panic!("{value:?} is no map") };
    entries.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn nat(number: u128) -> Value {
    Value::Nat(Nat::from(number))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn owner(principal: Principal) -> Value {
    Value::Array(vec![Value::Blob(ByteBuf::from(principal.as_slice()))])
}

/// One of each kind of block: mint, transfer, approval, transfer by another, burn.
fn busy(ledger: &TestLedger<'_>) {
    let memo = TransferArgs { memo: Some(ByteBuf::from([7])), ..transfer_args(poor(), 50_000) };
    ledger.transfer(rich(), &memo).unwrap().unwrap();
    let approval = ApproveArgs {
        from_subaccount: None,
        spender: poor().into(),
        amount: 90_000_u32.into(),
        expected_allowance: Some(0_u8.into()),
        expires_at: Some(u64::MAX),
        fee: Some(FEE.into()),
        memo: None,
        created_at_time: None,
    };
    ledger.approve(rich(), &approval).unwrap().unwrap();
    let taking = TransferFromArgs {
        spender_subaccount: None,
        from: rich().into(),
        to: Account { owner: poor(), subaccount: Some(serde_bytes::ByteArray::new([1; 32])) },
        amount: 3_u8.into(),
        fee: None,
        memo: None,
        created_at_time: None,
    };
    ledger.transfer_from(poor(), &taking).unwrap().unwrap();
    ledger.transfer(rich(), &transfer_args(minter(), 20_000)).unwrap().unwrap();
}

#[test]
fn every_block_names_the_one_before_and_the_certificate_the_last() {
    let network = network();
    let ledger = install(&network);
    busy(&ledger);
    let blocks = ledger.blocks();
    assert_eq!(blocks.len(), 5);
    let mut parent = None;
    for (index, Block { id, block }) in (0_u64..).zip(&blocks) {
        assert_eq!(*id, index, "blocks are numbered without holes");
        let named = field(block, "phash").cloned();
        assert_eq!(named, parent, "block {index} names its parent");
        parent = Some(Value::Blob(ByteBuf::from(hash(block))));
    }
    let tip = ledger.tip_certificate();
    let tree = certified::read(&tip.hash_tree).expect("a hash tree");
    let leaf = |label: &str| match tree.lookup_path([label]) {
        LookupResult::Found(bytes) => bytes.to_vec(),
        other => panic!("{label}: {other:?}"),
    };
    let last = Value::Blob(ByteBuf::from(leaf("last_block_hash")));
    assert_eq!(Some(last), parent, "the tree holds the hash of the last block");
    assert_eq!(leaf("last_block_index"), [4]);
    let certificate = certified_tree(&tip.certificate);
    let id = ledger.canister;
    let path = [b"canister".as_slice(), id.as_slice(), b"certified_data"];
    let LookupResult::Found(certified) = certificate.lookup_path(path) else {
        panic!("the certificate is not of this canister");
    };
    assert_eq!(certified, tree.digest(), "the subnet certifies the tree's root");
}

#[test]
fn blocks_say_what_was_asked_for() {
    let network = network();
    let ledger = install(&network);
    busy(&ledger);
    let blocks = ledger.blocks();
    let told = |index: usize| {
        let block = &blocks[index].block;
        (field(block, "fee").cloned(), field(block, "tx").cloned().expect("a transaction"))
    };
    let entries = |entries: Vec<(&str, Value)>| {
        Value::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    };
    let same = |left: &Value, right: &Value| assert_eq!(hash(left), hash(right), "{left:?}");

    let (fee, mint) = told(0);
    assert_eq!(fee, None);
    let all = nat(super::RICHES);
    same(&mint, &entries(vec![("op", text("mint")), ("to", owner(rich())), ("amt", all)]));

    let (fee, transfer) = told(1);
    assert_eq!(fee, Some(nat(FEE)), "the caller did not name the fee");
    let expected = entries(vec![
        ("op", text("xfer")),
        ("from", owner(rich())),
        ("to", owner(poor())),
        ("amt", nat(50_000)),
        ("memo", Value::Blob(ByteBuf::from([7]))),
    ]);
    same(&transfer, &expected);

    let (fee, approval) = told(2);
    assert_eq!(fee, None, "the caller named the fee");
    let expected = entries(vec![
        ("op", text("approve")),
        ("from", owner(rich())),
        ("spender", owner(poor())),
        ("amt", nat(90_000)),
        ("expected_allowance", nat(0)),
        ("expires_at", nat(u64::MAX.into())),
        ("fee", nat(FEE)),
    ]);
    same(&approval, &expected);

    let (_, taking) = told(3);
    assert_eq!(field(&taking, "spender"), Some(&owner(poor())));
    let Some(Value::Array(to)) = field(&taking, "to") else { panic!("{taking:?}") };
    assert_eq!(to.len(), 2, "the subaccount is told");

    let (fee, burn) = told(4);
    assert_eq!(fee, None);
    assert_eq!((field(&burn, "op"), field(&burn, "to")), (Some(&text("burn")), None));
}

#[test]
fn pages_are_bounded_and_ranges_beyond_the_end_are_empty() {
    let network = network();
    let ledger = install(&network);
    assert_eq!(ledger.fill(250, 3), 251_u32);
    let page = ledger.page(0, u64::MAX);
    assert_eq!((page.blocks.len(), page.log_length), (100, Nat::from(251_u32)));
    assert!(page.archived_blocks.is_empty());
    assert_eq!(ledger.page(249, 100).blocks.len(), 2);
    assert_eq!(ledger.page(251, 100).blocks.len(), 0);
    let vast = Nat::from(u128::MAX) * 4_u8;
    let range = |start: Nat, length: Nat| GetBlocksArgs { start, length };
    let ranges = vec![
        range(vast.clone(), 1_u8.into()),
        range(200_u8.into(), vast),
        range(10_u8.into(), 60_u8.into()),
    ];
    let page: GetBlocksResult = ledger.query("icrc3_get_blocks", (ranges,)).unwrap();
    let ids: Vec<u64> =
        page.blocks.iter().map(|block| u64::try_from(&block.id.0).unwrap()).collect();
    // Fifty-one to the end of the log, and then what is left of a page.
    assert_eq!(ids, (200..251).chain(10..59).collect::<Vec<_>>());
}

#[test]
fn nothing_is_archived_and_every_kind_of_block_is_named() {
    let network = network();
    let ledger = install(&network);
    let archives: Vec<ArchiveInfo> =
        ledger.query("icrc3_get_archives", (GetArchivesArgs::default(),)).unwrap();
    assert_eq!(archives, []);
    let kinds: Vec<BlockType> = ledger.query("icrc3_supported_block_types", ()).unwrap();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.block_type.as_str()).collect();
    assert_eq!(names, ["1burn", "1mint", "1xfer", "2approve", "2burn", "2xfer"]);
    assert!(kinds.iter().all(|kind| kind.url.starts_with("https://github.com/dfinity/ICRC")));
}
