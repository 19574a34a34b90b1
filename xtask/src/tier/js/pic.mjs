// The JavaScript client of PocketIC against localnet: it starts the server, as tests do, and drives
// networks through the same protocol as the Rust client, independently of it.

import { existsSync, readFileSync } from 'node:fs';
import { PocketIc, PocketIcServer, SubnetStateType, createIdentity } from '@dfinity/pic';
import { Actor, HttpAgent } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { check, end, equal, hex, manager, refused, sample, step, suite } from './steps.mjs';

const { MODULE, LARGE_MODULE, POCKET_IC_BIN, ROOT_KEY, SUITE } = process.env;
const fresh = { state: { type: SubnetStateType.New } };

const server = await PocketIcServer.start({ binPath: POCKET_IC_BIN });
const url = server.getUrl();
const pic = await PocketIc.create(url, { nns: fresh, application: [fresh, fresh] });
const manage = manager(pic);
let fixture;

await step('a network of three subnets has the kinds that were asked for', async () => {
  const kinds = (await pic.getTopology()).map(subnet => subnet.type).sort();
  return equal(kinds, ['Application', 'Application', 'NNS']);
});

await step('the public key of the root subnet is the development key', async () => {
  const nns = await pic.getNnsSubnet();
  return `${equal(hex(await pic.getPubKey(nns.id)), ROOT_KEY).length - 2} hexadecimal digits`;
});

await step('a canister is created on the subnet that was named', async () => {
  const [, second] = await pic.getApplicationSubnets();
  const idlFactory = sample;
  fixture = await pic.setupCanister({ idlFactory, wasm: MODULE, targetSubnetId: second.id });
  const subnet = await pic.getCanisterSubnetId(fixture.canisterId);
  return equal(subnet.toText(), second.id.toText());
});

await step('calls count, queries read', async () => {
  await fixture.actor.count();
  await fixture.actor.count();
  return equal(await fixture.actor.value(), 2);
});

await step('the caller is the identity that was set', async () => {
  const identity = createIdentity('a reviewer');
  fixture.actor.setIdentity(identity);
  const expected = identity.getPrincipal().toText();
  equal((await fixture.actor.whoami()).toText(), expected, 'by query');
  equal((await fixture.actor.whoami_certified()).toText(), expected, 'by update');
  fixture.actor.setPrincipal(Principal.anonymous());
  return expected;
});

await step('calls that are submitted together are answered in order', async () => {
  const deferred = pic.createDeferredActor(sample, fixture.canisterId);
  const first = await deferred.count();
  const second = await deferred.count();
  return equal([await first(), await second()], [3, 4]);
});

await step('traps, rejects and absent methods are errors that say which', async () => {
  await refused(() => fixture.actor.fail(), 'on purpose', 'CanisterCalledTrap');
  await refused(() => fixture.actor.refuse(), 'on purpose', 'CanisterRejectedMessage');
  return refused(() => fixture.actor.absent(), 'CanisterMethodNotFound');
});

await step('time stands still until it is moved', async () => {
  const noon = Date.UTC(2031, 0, 2, 12);
  await pic.setTime(noon);
  await pic.tick();
  equal(await pic.getTime(), noon, 'set');
  await pic.advanceTime(90_000);
  await pic.tick(3);
  equal(await pic.getTime(), noon + 90_000, 'advanced');
  const seen = (await fixture.actor.now()) / 1_000_000n;
  await pic.setCertifiedTime(noon + 100_000);
  const certified = (await fixture.actor.now()) / 1_000_000n;
  return equal([Number(seen), Number(certified)], [noon + 90_000, noon + 100_000]);
});

await step('a timer rings when its time has come and not before', async () => {
  const before = await fixture.actor.value();
  await fixture.actor.wake((BigInt(await pic.getTime()) + 60_000n) * 1_000_000n);
  await pic.advanceTime(59_000);
  await pic.tick(2);
  equal(await fixture.actor.value(), before, 'early');
  await pic.advanceTime(2_000);
  await pic.tick(2);
  return equal(await fixture.actor.value(), before + 1);
});

await step('cycles are added and counted', async () => {
  const before = await pic.getCyclesBalance(fixture.canisterId);
  const after = await pic.addCycles(fixture.canisterId, 5_000_000_000_000);
  return equal(BigInt(after) - BigInt(before), 5_000_000_000_000n);
});

await step('stable memory is written and read as a blob', async () => {
  const content = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
  await pic.setStableMemory(fixture.canisterId, content);
  const read = await pic.getStableMemory(fixture.canisterId);
  check(Buffer.from(read.subarray(0, content.length)).equals(content), 'other bytes');
  return `${equal(read.length, 131_072)} bytes, whole pages`;
});

await step('an upgrade keeps stable memory and a reinstallation does not', async () => {
  const { canisterId } = fixture;
  await pic.upgradeCanister({ canisterId, wasm: MODULE });
  equal(await fixture.actor.value(), 0, 'the heap after an upgrade');
  equal((await pic.getStableMemory(canisterId)).length, 131_072, 'after an upgrade');
  await pic.reinstallCode({ canisterId, wasm: MODULE });
  return equal((await pic.getStableMemory(canisterId)).length, 0);
});

await step('a module larger than a message is installed in chunks', async () => {
  const size = readFileSync(LARGE_MODULE).length;
  check(size > 2 * 1024 * 1024, `the module has ${size} bytes`);
  const { actor } = await pic.setupCanister({ idlFactory: sample, wasm: LARGE_MODULE });
  return `${size} bytes, counts ${equal(await actor.count(), 1)}`;
});

await step('a canister is stopped, started, and says what it is', async () => {
  const { canisterId } = fixture;
  await pic.stopCanister({ canisterId });
  await refused(() => fixture.actor.count(), 'CanisterStopped');
  await pic.startCanister({ canisterId });
  const freezingThreshold = 86_400n;
  await pic.updateCanisterSettings({ canisterId, freezingThreshold });
  const { status, settings, moduleHash } = await pic.canisterStatus({ canisterId });
  check('running' in status && moduleHash.length === 32, JSON.stringify(Object.keys(status)));
  return equal(settings.freezingThreshold, freezingThreshold);
});

await step('controllers are those that were set', async () => {
  const owner = createIdentity('the owner').getPrincipal();
  const canisterId = await pic.createCanister({ controllers: [owner] });
  const named = (await pic.getControllers(canisterId)).map(id => id.toText());
  return equal(named, [owner.toText()]);
});

await step('an id of the main network can be asked for', async () => {
  const targetCanisterId = Principal.fromText('rwlgt-iiaaa-aaaaa-aaaaa-cai');
  const id = await pic.createCanister({ targetCanisterId });
  return equal(id.toText(), targetCanisterId.toText());
});

await step('a snapshot is taken, listed and loaded', async () => {
  const canister_id = fixture.canisterId;
  await fixture.actor.count();
  const { id } = await manage('take_canister_snapshot', { canister_id });
  await fixture.actor.count();
  equal(await fixture.actor.value(), 2, 'before');
  equal((await manage('list_canister_snapshots', { canister_id })).length, 1, 'snapshots');
  await manage('load_canister_snapshot', { canister_id, snapshot_id: id });
  return equal(await fixture.actor.value(), 1);
});

const page = {
  url: 'https://prices.example/icp',
  max_response_bytes: [1_000n],
  method: { get: null },
  headers: [{ name: 'accept', value: 'text/plain' }],
  body: [],
  transform: [],
};

async function pending() {
  await pic.tick(2);
  const requests = await pic.getPendingHttpsOutcalls();
  equal(requests.length, 1, 'pending requests');
  equal([requests[0].url, requests[0].httpMethod], [page.url, 'GET'], 'request');
  return requests[0];
}

await step('an HTTP outcall waits for the answer that a test gives', async () => {
  const deferred = pic.createDeferredActor(sample, fixture.canisterId);
  const answered = await deferred.fetch(page);
  const { requestId, subnetId } = await pending();
  const body = new TextEncoder().encode('12.34');
  const response = { type: 'success', statusCode: 200, headers: [], body };
  await pic.mockPendingHttpsOutcall({ requestId, subnetId, response });
  const reply = await answered();
  equal(Number(reply.status), 200, 'status');
  return equal(new TextDecoder().decode(Uint8Array.from(reply.body)), '12.34');
});

await step('an HTTP outcall that fails is a reject', async () => {
  const { argTypes } = sample({ IDL })._fields.find(([name]) => name === 'fetch')[1];
  const payload = new Uint8Array(IDL.encode(argTypes, [page]));
  const { canisterId } = fixture;
  const sender = Principal.anonymous();
  const call = await pic.client.submitCall({ canisterId, sender, method: 'fetch', payload });
  const { requestId, subnetId } = await pending();
  const response = { type: 'reject', statusCode: 2, message: 'no route to host' };
  await pic.mockPendingHttpsOutcall({ requestId, subnetId, response });
  return refused(() => pic.client.awaitCall(call), 'no route to host');
});

await step('several networks live side by side', async () => {
  const others = await Promise.all([1, 2, 3].map(() => PocketIc.create(url)));
  const counts = others.map(async (other, index) => {
    const { actor } = await other.setupCanister({ idlFactory: sample, wasm: MODULE });
    for (let calls = 0; calls < index; calls += 1) {
      await actor.count();
    }
    return actor.value();
  });
  const seen = await Promise.all(counts);
  await Promise.all(others.map(other => other.tearDown()));
  return equal(seen, [0, 1, 2]);
});

const bytes = text => Uint8Array.from(Buffer.from(text, 'hex'));

for (const { name, path, init, upgrade } of JSON.parse(SUITE)) {
  await step(`${name} of the suite is installed and upgraded`, async () => {
    const arg = bytes(init);
    const { actor, canisterId } = await pic.setupCanister({ idlFactory: suite, wasm: path, arg });
    const { version, schema } = await actor.get_version();
    await pic.upgradeCanister({ canisterId, wasm: path, arg: bytes(upgrade) });
    equal((await actor.get_version()).upgrade_count, 1n, 'upgrades');
    return `version ${version}, schema ${schema}`;
  });
}

// On a network of its own: the clock of the other is years ahead of the agent's.
await step('a live network serves agents', async () => {
  const live = await PocketIc.create(url);
  const { canisterId } = await live.setupCanister({ idlFactory: sample, wasm: MODULE });
  const port = await live.makeLive();
  equal(await live.makeLive(), port, 'made live twice');
  const host = `http://127.0.0.1:${port}`;
  const agent = await HttpAgent.create({ host, shouldFetchRootKey: true });
  const actor = Actor.createActor(sample, { agent, canisterId });
  const seen = equal([await actor.count(), await actor.value()], [1, 1]);
  await live.stopLive();
  await refused(() => fetch(`${host}/api/v2/status`));
  await live.tearDown();
  return seen;
});

await step('a network that was torn down is gone, and the server stays', async () => {
  await pic.tearDown();
  await refused(() => pic.getTime(), 'deleted');
  const states = await fetch(`${url}/instances`).then(answer => answer.json());
  return equal(states, Array(5).fill('Deleted'));
});

await step('the server ends when it is told to', async () => {
  await server.stop();
  await refused(() => fetch(`${url}/status`));
  check(existsSync(POCKET_IC_BIN), 'the program is gone');
  return 'nobody listens';
});

end();
