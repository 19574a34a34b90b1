// The official JavaScript agent against localnet, with the verification it has by default: every
// query answer carries a node's signature, every update answer a certificate of the network.

import { readFileSync } from 'node:fs';
import { Actor, AnonymousIdentity, CanisterStatus, HttpAgent } from '@icp-sdk/core/agent';
import {
  DelegationChain,
  DelegationIdentity,
  ECDSAKeyIdentity,
  Ed25519KeyIdentity,
} from '@icp-sdk/core/identity';
import { Secp256k1KeyIdentity } from '@icp-sdk/core/identity/secp256k1';
import { Principal } from '@icp-sdk/core/principal';
import { check, end, equal, hex, management, refused, sample, step } from './steps.mjs';

const { URL: host, ROOT_KEY, MODULE } = process.env;
const rootKey = Buffer.from(ROOT_KEY, 'hex');
const AAAAA_AA = Principal.managementCanister();

const agent = await HttpAgent.create({ host, rootKey });
const asked = await fetch(`${host}/_/topology`).then(answer => answer.json());
const anywhere = Principal.fromUint8Array(
  Buffer.from(asked.default_effective_canister_id.canister_id, 'base64'),
);

const manage = effectiveCanisterId =>
  Actor.createActor(management, { agent, canisterId: AAAAA_AA, effectiveCanisterId });
const actor = (agent, canisterId) => Actor.createActor(sample, { agent, canisterId });

async function create() {
  const amount = [10_000_000_000_000n];
  const created = manage(anywhere).provisional_create_canister_with_cycles({ amount });
  const { canister_id } = await created;
  const canister = Principal.fromText(canister_id.toText());
  const wasm_module = readFileSync(MODULE);
  const mode = { install: null };
  await manage(canister).install_code({ canister_id, mode, wasm_module, arg: [] });
  return canister;
}

let canister;

await step('the root key can be fetched, and is the one that was told', async () => {
  const trusting = await HttpAgent.create({ host, shouldFetchRootKey: true });
  return `${equal(hex(trusting.rootKey), ROOT_KEY).length - 2} hexadecimal digits`;
});

await step('a canister is created and installed by certified calls', async () => {
  canister = await create();
  return canister.toText();
});

await step('calls count, queries read', async () => {
  const anonymous = actor(agent, canister);
  await anonymous.count();
  await anonymous.count();
  return equal(await anonymous.value(), 2);
});

async function whoIs(identity) {
  const own = actor(await HttpAgent.create({ host, rootKey, identity }), canister);
  const expected = identity.getPrincipal().toText();
  equal((await own.whoami()).toText(), expected, 'by query');
  equal((await own.whoami_certified()).toText(), expected, 'by update');
  return expected;
}

const day = () => new Date(Date.now() + 86_400_000);
const ed25519 = Ed25519KeyIdentity.generate();
const secp256k1 = Secp256k1KeyIdentity.generate();
const p256 = await ECDSAKeyIdentity.generate();

const identities = {
  'the anonymous principal': new AnonymousIdentity(),
  'an Ed25519 key': ed25519,
  'a secp256k1 key': secp256k1,
  'a P-256 key': p256,
};
for (const [name, identity] of Object.entries(identities)) {
  await step(`${name} is who it says`, () => whoIs(identity));
}

const delegated = async (from, to, until, options) => {
  const chain = await DelegationChain.create(from, to.getPublicKey(), until, options);
  return DelegationIdentity.fromDelegation(to, chain);
};

await step('a session key acts for an Ed25519 key', async () => {
  const session = Ed25519KeyIdentity.generate();
  return whoIs(await delegated(ed25519, session, day()));
});

await step('a chain of three kinds of key acts for the first', async () => {
  const first = await DelegationChain.create(secp256k1, p256.getPublicKey(), day());
  const previous = { previous: first };
  const chain = await DelegationChain.create(p256, ed25519.getPublicKey(), day(), previous);
  const saw = await whoIs(DelegationIdentity.fromDelegation(ed25519, chain));
  return equal(saw, secp256k1.getPrincipal().toText());
});

await step('a delegation for this canister is taken', async () => {
  const session = Ed25519KeyIdentity.generate();
  return whoIs(await delegated(ed25519, session, day(), { targets: [canister] }));
});

await step('a delegation for another canister is refused', async () => {
  const session = Ed25519KeyIdentity.generate();
  const identity = await delegated(ed25519, session, day(), { targets: [anywhere, AAAAA_AA] });
  const other = await create();
  check(other.toText() !== anywhere.toText(), 'the canister has the default id');
  const own = await HttpAgent.create({ host, rootKey, identity, retryTimes: 0 });
  return refused(() => actor(own, other).whoami_certified(), other.toText());
});

await step('a delegation that has expired is refused', async () => {
  const session = Ed25519KeyIdentity.generate();
  const identity = await delegated(ed25519, session, new Date(Date.now() - 60_000));
  const own = await HttpAgent.create({ host, rootKey, identity, retryTimes: 0 });
  return refused(() => actor(own, canister).whoami_certified(), 'expir');
});

await step('a delegation of somebody else is refused', async () => {
  const session = Ed25519KeyIdentity.generate();
  const chain = await DelegationChain.create(secp256k1, session.getPublicKey(), day());
  const stolen = DelegationIdentity.fromDelegation(Ed25519KeyIdentity.generate(), chain);
  const own = await HttpAgent.create({ host, rootKey, identity: stolen, retryTimes: 0 });
  return refused(() => actor(own, canister).whoami_certified(), 'ignature');
});

const read = (reader, paths) =>
  CanisterStatus.request({ canisterId: canister, agent: reader, paths });

await step('the certified state names time, module and controllers', async () => {
  const status = await read(agent, ['time', 'controllers', 'module_hash', 'candid']);
  check(Math.abs(status.get('time') - Date.now()) < 300_000, `time ${status.get('time')}`);
  const controllers = status.get('controllers').map(id => id.toText());
  equal(controllers, ['2vxsx-fae'], 'controllers');
  check(status.get('candid').includes('count'), `candid ${status.get('candid')}`);
  return `module ${equal(String(status.get('module_hash')).length, 64)} digits`;
});

await step('of a private section strangers learn nothing', async () => {
  const identity = Ed25519KeyIdentity.generate();
  const stranger = await HttpAgent.create({ host, rootKey, identity });
  const path = [Buffer.from('canister'), canister.toUint8Array(), Buffer.from('metadata')];
  const paths = [[...path, Buffer.from('secret')]];
  return refused(() => stranger.readState(canister, { paths }), 'ontrollers');
});

await step('the root key of another network verifies no update', async () => {
  const main = await HttpAgent.create({ host, retryTimes: 0 });
  return refused(() => actor(main, canister).count(), 'erif');
});

await step('the root key of another network verifies no query', async () => {
  const main = await HttpAgent.create({ host, retryTimes: 0 });
  return refused(() => actor(main, canister).value(), 'erif');
});

await step('a canister that traps says so in a certificate', () =>
  refused(() => actor(agent, canister).fail(), 'on purpose', 'IC0503'));
await step('a canister that rejects says so in a certificate', () =>
  refused(() => actor(agent, canister).refuse(), 'on purpose', 'IC0406'));
await step('an update method that is absent is refused', () =>
  refused(() => actor(agent, canister).absent(), 'IC0536'));
await step('a query method that is absent is refused', () =>
  refused(() => actor(agent, canister).absent_query(), 'IC0536'));
await step('a canister that does not exist is refused', async () => {
  const nobody = Principal.fromUint8Array(Uint8Array.of(255, 255, 255, 255, 255, 224, 9, 9, 1, 1));
  return refused(() => actor(agent, nobody).count());
});

await step('twenty calls at once are all answered, each once', async () => {
  const anonymous = actor(agent, canister);
  const before = await anonymous.value();
  const seen = await Promise.all(Array.from({ length: 20 }, () => anonymous.count()));
  equal(new Set(seen).size, 20, 'different answers');
  return equal(await anonymous.value(), before + 20);
});

end();
