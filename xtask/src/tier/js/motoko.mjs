// Motoko on localnet: what the official compiler makes of actors, with the 64-bit memory that an
// upgrade keeps.

import { createRequire } from 'node:module';
import { PocketIc, PocketIcServer } from '@dfinity/pic';
import { end, equal, manager, refused, step } from './steps.mjs';

const require = createRequire(import.meta.url);
const motoko = require('motoko');
const { POCKET_IC_BIN } = process.env;

/// People by name, kept in a structure of the base library; `since` does not outlive an upgrade.
const members = more => `
  import Map "mo:core/Map";
  import Text "mo:core/Text";
  import Iter "mo:core/Iter";
  import Timer "mo:core/Timer";
  persistent actor {
    let people = Map.empty<Text, Nat>();
    transient var since = 0;
    var wakes = 0;
    public func add(name : Text, age : Nat) : async Nat {
      Map.add(people, Text.compare, name, age);
      since += 1;
      Map.size(people)
    };
    public query func age(name : Text) : async ?Nat { Map.get(people, Text.compare, name) };
    public query func seen() : async (Nat, Nat) { (Map.size(people), since) };
    public func fail() : async () { Map.clear(people); assert false };
    public func wake() : async () {
      ignore Timer.setTimer<system>(#seconds 60, func() : async () { wakes += 1 })
    };
    public query func woken() : async Nat { wakes };
    ${more}
  }`;

/// Calls the members and tells what it caught.
const caller = `
  import Error "mo:core/Error";
  import Principal "mo:core/Principal";
  persistent actor {
    type Members = actor { add : (Text, Nat) -> async Nat; fail : () -> async () };
    func members(id : Principal) : Members { actor (Principal.toText(id)) };
    public func through(id : Principal, name : Text) : async Nat {
      await members(id).add(name, 1)
    };
    public func caught(id : Principal) : async Text {
      try { await members(id).fail(); "it did not fail" } catch (error) { Error.message(error) }
    }
  }`;

const membersInterface = ({ IDL }) =>
  IDL.Service({
    add: IDL.Func([IDL.Text, IDL.Nat], [IDL.Nat], []),
    age: IDL.Func([IDL.Text], [IDL.Opt(IDL.Nat)], ['query']),
    seen: IDL.Func([], [IDL.Nat, IDL.Nat], ['query']),
    fail: IDL.Func([], [], []),
    wake: IDL.Func([], [], []),
    woken: IDL.Func([], [IDL.Nat], ['query']),
    version: IDL.Func([], [IDL.Nat], ['query']),
  });

const callerInterface = ({ IDL }) =>
  IDL.Service({
    through: IDL.Func([IDL.Principal, IDL.Text], [IDL.Nat], []),
    caught: IDL.Func([IDL.Principal], [IDL.Text], []),
  });

motoko.loadPackage(require('motoko/packages/latest/core.json'));

function compiled(source) {
  motoko.write('main.mo', source);
  return motoko.wasm('main.mo', 'ic').wasm;
}

const next = members('public query func version() : async Nat { 2 };');
const keep = { skip_pre_upgrade: [], wasm_memory_persistence: [{ keep: null }] };
const server = await PocketIcServer.start({ binPath: POCKET_IC_BIN });
const pic = await PocketIc.create(server.getUrl());
const manage = manager(pic);
let fixture;

await step('an actor with a 64-bit memory is installed and keeps what it is told', async () => {
  const wasm = compiled(members(''));
  fixture = await pic.setupCanister({ idlFactory: membersInterface, wasm });
  await fixture.actor.add('Ada', 36n);
  return equal(Number(await fixture.actor.add('Grace', 85n)), 2);
});

await step('what fails changes nothing', async () => {
  await refused(() => fixture.actor.fail(), 'assertion failed');
  return equal((await fixture.actor.seen()).map(Number), [2, 2]);
});

await step('an upgrade that would forget the memory is refused', () => {
  const { canisterId } = fixture;
  const upgrade = () => pic.upgradeCanister({ canisterId, wasm: compiled(next) });
  return refused(upgrade, 'wasm_memory_persistence');
});

await step('an upgrade keeps the memory, but what is transient', async () => {
  const { canisterId, actor } = fixture;
  const upgrade = { canisterId, wasm: compiled(next), upgradeModeOptions: keep };
  await pic.upgradeCanister(upgrade);
  equal((await actor.age('Ada')).map(Number), [36], 'Ada');
  equal(Number(await actor.version()), 2, 'the new code');
  return equal((await actor.seen()).map(Number), [2, 0]);
});

await step('actors call each other and catch failures', async () => {
  const wasm = compiled(caller);
  const { actor } = await pic.setupCanister({ idlFactory: callerInterface, wasm });
  equal(Number(await actor.through(fixture.canisterId, 'Barbara')), 3, 'added');
  return equal((await actor.caught(fixture.canisterId)).includes('assertion failed'), true);
});

await step('timers fire when time comes', async () => {
  await fixture.actor.wake();
  await pic.advanceTime(59_000);
  await pic.tick(3);
  equal(Number(await fixture.actor.woken()), 0, 'too early');
  await pic.advanceTime(2_000);
  await pic.tick(3);
  return equal(Number(await fixture.actor.woken()), 1);
});

await step('a snapshot brings the memory back', async () => {
  const { canisterId: canister_id, actor } = fixture;
  const { id } = await manage('take_canister_snapshot', { canister_id });
  await actor.add('Edsger', 72n);
  equal(Number((await actor.seen())[0]), 4, 'after the snapshot');
  await manage('load_canister_snapshot', { canister_id, snapshot_id: id });
  equal(await actor.age('Edsger'), [], 'taken back');
  return equal(Number((await actor.seen())[0]), 3);
});

await pic.tearDown();
await server.stop();
end();
