// What the scripts share: steps that are reported a line of JSON each, and interfaces.

import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';

let count = 0;

/// Runs one step and tells what came of it; `work` answers what was seen.
export async function step(name, work) {
  let line;
  try {
    line = { step: name, saw: String(await work()), ok: true };
  } catch (error) {
    line = { step: name, saw: String(error?.message ?? error), ok: false };
  }
  count += 1;
  console.log(JSON.stringify(line));
}

/// Tells that the script came to its end; without this line the tier fails.
export function end() {
  console.log(JSON.stringify({ end: count }));
}

export function check(condition, what) {
  if (!condition) {
    throw new Error(what);
  }
}

export function equal(seen, expected, what = 'seen') {
  const text = value => (typeof value === 'bigint' ? `${value}` : JSON.stringify(value));
  check(text(seen) === text(expected), `${what}: ${text(seen)}, expected ${text(expected)}`);
  return text(seen);
}

/// Waits for a refusal and answers its text, which must hold all the words.
export async function refused(work, ...words) {
  let said;
  try {
    said = `it succeeded with ${await work()}`;
  } catch (error) {
    said = String(error?.message ?? error);
    const missing = words.find(word => !said.includes(word));
    if (missing === undefined) {
      const lines = said.split('\n');
      const line = lines.find(line => words[0] && line.includes(words[0])) ?? lines[0];
      return `refused: ${line.trim().slice(0, 100)}`;
    }
    said = `does not say \`${missing}\`: ${said}`;
  }
  throw new Error(said);
}

export const hex = bytes => Buffer.from(bytes).toString('hex');

export const sample = ({ IDL }) =>
  IDL.Service({
    count: IDL.Func([], [IDL.Nat32], []),
    value: IDL.Func([], [IDL.Nat32], ['query']),
    now: IDL.Func([], [IDL.Nat64], ['query']),
    whoami: IDL.Func([], [IDL.Principal], ['query']),
    whoami_certified: IDL.Func([], [IDL.Principal], []),
    wake: IDL.Func([IDL.Nat64], [], []),
    fail: IDL.Func([], [], []),
    refuse: IDL.Func([], [], []),
    absent: IDL.Func([], [], []),
    absent_query: IDL.Func([], [], ['query']),
    fetch: IDL.Func([HttpRequest(IDL)], [HttpResponse(IDL)], []),
  });

const Headers = IDL => IDL.Vec(IDL.Record({ name: IDL.Text, value: IDL.Text }));

const HttpRequest = IDL =>
  IDL.Record({
    url: IDL.Text,
    max_response_bytes: IDL.Opt(IDL.Nat64),
    method: IDL.Variant({ get: IDL.Null, head: IDL.Null, post: IDL.Null }),
    headers: Headers(IDL),
    body: IDL.Opt(IDL.Vec(IDL.Nat8)),
    transform: IDL.Opt(IDL.Null),
  });

const HttpResponse = IDL =>
  IDL.Record({ status: IDL.Nat, headers: Headers(IDL), body: IDL.Vec(IDL.Nat8) });

/// The part of every canister of the suite that is asked here.
export const suite = ({ IDL }) =>
  IDL.Service({
    get_version: IDL.Func(
      [],
      [IDL.Record({ version: IDL.Text, schema: IDL.Nat32, upgrade_count: IDL.Nat64 })],
      ['query'],
    ),
  });

/// The part of the management canister that is asked here.
export const management = ({ IDL }) => {
  const canister = IDL.Record({ canister_id: IDL.Principal });
  const mode = IDL.Variant({ install: IDL.Null, reinstall: IDL.Null });
  const snapshot = IDL.Record({ id: IDL.Vec(IDL.Nat8), total_size: IDL.Nat64 });
  return IDL.Service({
    provisional_create_canister_with_cycles: IDL.Func(
      [IDL.Record({ amount: IDL.Opt(IDL.Nat) })],
      [canister],
      [],
    ),
    install_code: IDL.Func(
      [
        IDL.Record({
          canister_id: IDL.Principal,
          mode,
          wasm_module: IDL.Vec(IDL.Nat8),
          arg: IDL.Vec(IDL.Nat8),
        }),
      ],
      [],
      [],
    ),
    take_canister_snapshot: IDL.Func([canister], [snapshot], []),
    list_canister_snapshots: IDL.Func([canister], [IDL.Vec(snapshot)], []),
    load_canister_snapshot: IDL.Func(
      [IDL.Record({ canister_id: IDL.Principal, snapshot_id: IDL.Vec(IDL.Nat8) })],
      [],
      [],
    ),
  });
};

/// Calls of the management canister that the client of PocketIC has none of its own for.
export const manager = pic => async (method, value) => {
  const [, types] = management({ IDL })._fields.find(([name]) => name === method);
  const arg = new Uint8Array(IDL.encode(types.argTypes, [value]));
  const canisterId = Principal.managementCanister();
  const reply = await pic.updateCall({ canisterId, method, arg });
  return IDL.decode(types.retTypes, reply)[0];
};
