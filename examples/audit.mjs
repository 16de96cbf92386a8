#!/usr/bin/env node
// Audits a Yibao network from raw events, with ethers: the twin of audit.py, which prints the same
// to the letter. Two libraries that share nothing but the chain agree, or one of them is wrong.
//
//     npm ci --prefix examples
//     node examples/audit.mjs --rpc http://127.0.0.1:8545 --directory 0x… --abi node/artifacts
//
// Prints one JSON document and leaves with 1 if anything does not add up.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  AbiCoder, Contract, Interface, JsonRpcProvider, ZeroAddress, ZeroHash, dataSlice,
  decodeBytes32String, encodeBytes32String, getAddress, keccak256, toUtf8String, zeroPadBytes,
} from "ethers";

const WINDOW = 5_000; // Blocks asked for at once: nodes limit the answer.
const POCKETS = ["CASH", "MEDICAL", "POINTS"];
const SCHEMES = ["NONE", "EMPLOYEE", "RESIDENT", "FLEXIBLE"];
const FUNDS = ["POOLED", "BIG_ILLNESS", "AID", "SUBSIDY", "CAMPAIGN"];
const CLASSES = ["A", "B", "C"];
const FIGURES = [
  "total", "own", "over", "preSelf", "inScope", "deductible", "pooled", "bigIllness",
  "aid", "supplementary", "provider", "member", "medical", "family", "cash",
];
const CLAIM_KINDS = [11n, 12n]; // Intents with the lines of a claim: SETTLE_CLAIM, SUBMIT_CLAIM.
const STATES = { 4: "SETTLED", 5: "REVERSED" };
const coder = AbiCoder.defaultAbiCoder();

/** The contracts behind one directory, read at one block. */
class Network {
  constructor(provider, block, abiFolder) {
    Object.assign(this, { provider, block, abiFolder, addresses: new Map() });
  }

  static async open({ rpc, directory, abi, block }) {
    const provider = new JsonRpcProvider(rpc, undefined, { cacheTimeout: -1 });
    const pinned = block ?? (await provider.getBlock("finalized")).number;
    const network = new Network(provider, Number(pinned), abi);
    network.directory = network.at("NetworkDirectory", directory);
    for (const { args } of await network.events(network.directory, "EntrySet")) {
      const name = decodeBytes32String(args.name);
      network.addresses.set(name, [...(network.addresses.get(name) ?? []), args.target]);
    }
    // The router hands on whatever a rule raises, so its ABI has the errors of all of them.
    network.errors = network.contract("IntentRouter").interface;
    return network;
  }

  at(name, address) {
    const { abi } = JSON.parse(readFileSync(join(this.abiFolder, `${name}.json`), "utf8"));
    return new Contract(address, new Interface(abi), this.provider);
  }

  /** The contract that a name of the directory leads to now. */
  contract(name) {
    return this.at(name, this.addresses.get(name).at(-1));
  }

  read(name, view, ...values) {
    return this.contract(name)[view](...values, { blockTag: this.block });
  }

  /** Events of all contracts a name has led to: rules are replaced, history stays. */
  async eventsOf(name, ...kinds) {
    const found = [];
    for (const address of this.addresses.get(name)) {
      found.push(...(await this.events(this.at(name, address), ...kinds)));
    }
    return found.sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
  }

  async events(contract, ...kinds) {
    const found = [];
    for (let start = 0; start <= this.block; start += WINDOW) {
      const end = Math.min(start + WINDOW - 1, this.block);
      for (const kind of kinds) found.push(...(await contract.queryFilter(kind, start, end)));
    }
    return found;
  }

  /** Revert data as `Name(value=…)`, by the errors in the ABIs. */
  explained(data) {
    if (data === "0x") return "out of gas";
    const error = this.errors.parseError(data);
    if (error === null) return data;
    const pairs = error.fragment.inputs.map((input, place) => {
      return `${input.name}=${plain(error.args[place])}`;
    });
    return `${error.name}(${pairs.join(", ")})`;
  }

  /** Calls what must fail and returns why it did. */
  async refused(contract, view, ...values) {
    try {
      await contract[view].staticCall(...values, { blockTag: this.block });
    } catch (error) {
      return this.explained(error.data);
    }
    return "not refused";
  }
}

/** Hex in lower case, numbers as numbers: no amount of this ledger is beyond 2^53. */
function plain(value) {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "string" ? value.toLowerCase() : value;
}

/** Left-aligned text. */
function label(hex) {
  return toUtf8String(hex).replace(/\0+$/, "");
}

/** Whether the code at the address of each name is what was entered. */
async function codes(network) {
  const same = {};
  for (const name of [...network.addresses.keys()].sort()) {
    const key = encodeBytes32String(name);
    const [target, , hash] = await network.directory.entry(key, { blockTag: network.block });
    same[name] = keccak256(await network.provider.getCode(target, network.block)) === hash;
  }
  return same;
}

/** What every account has, from Transfer, HoldPlaced, HoldFinished and nothing else. */
class Balances {
  available = new Map(); // account → fen by pocket
  held = new Map();
  received = new Map(); // account → fen
  paid = new Map();
  holds = new Map();

  static async rebuilt(network) {
    const balances = new Balances();
    const kinds = ["Transfer", "HoldPlaced", "HoldFinished"];
    for (const event of await network.eventsOf("WalletLedger", ...kinds)) {
      balances.add(event.eventName, event.args);
    }
    balances.accounts = [...balances.available.keys()].sort();
    return balances;
  }

  add(event, values) {
    if (event === "Transfer") {
      const [, payer, receiver, pocket, amount] = values;
      if (payer !== ZeroAddress) {
        this.change(this.available, payer, pocket, -amount);
        this.count(this.paid, payer, amount);
      }
      if (receiver !== ZeroAddress) {
        this.change(this.available, receiver, pocket, amount);
        this.count(this.received, receiver, amount);
      }
    } else if (event === "HoldPlaced") {
      const { holdId, account, pocket, amountFen } = values;
      this.change(this.available, account, pocket, -amountFen);
      this.change(this.held, account, pocket, amountFen);
      this.holds.set(holdId, [account, pocket, amountFen]);
    } else {
      // What was posted out of the hold has left by a Transfer of its own.
      const [account, pocket, amountFen] = this.holds.get(values.holdId);
      this.change(this.held, account, pocket, -amountFen);
      this.change(this.available, account, pocket, amountFen);
    }
  }

  change(side, account, pocket, amount) {
    const fen = side.get(plain(account)) ?? [0n, 0n, 0n];
    fen[pocket] += amount;
    side.set(plain(account), fen);
  }

  count(side, account, amount) {
    side.set(plain(account), (side.get(plain(account)) ?? 0n) + amount);
  }

  /** The accounts for which the contract says something else. */
  async different(network) {
    const found = [];
    for (const account of this.accounts) {
      if (!(await this.agrees(network, account))) found.push(account);
    }
    return found;
  }

  async agrees(network, account) {
    const available = this.available.get(account) ?? [0n, 0n, 0n];
    const held = this.held.get(account) ?? [0n, 0n, 0n];
    if (await network.read("WalletLedger", "isCounter", account)) {
      // The mirror of a bank, or the issuer of points: one signed number.
      const counter = await network.read("WalletLedger", "counterOf", account);
      return sum(available) === counter && sum(held) === 0n;
    }
    const stored = await network.read("WalletLedger", "balancesOf", account);
    return String(stored.map((one) => [...one])) === String([available, held]);
  }

  /** Everything in some pockets, counters included: it must be zero. */
  sumOf(...pockets) {
    const all = [...this.available.values(), ...this.held.values()];
    return Number(sum(all.flatMap((fen) => pockets.map((pocket) => fen[pocket]))));
  }
}

function sum(numbers) {
  return numbers.reduce((total, one) => total + one, 0n);
}

/** An account that follows from words: the end of a hash behind the digit f. */
function derived(types, values) {
  return "0xf" + keccak256(coder.encode(types, values)).slice(-39);
}

/** What each fund received, paid and has. */
async function funds(network, balances) {
  const registered = await network.eventsOf("ProviderRegistry", "OrganisationRegistered");
  const found = [];
  for (const region of [...new Set(registered.map(({ args }) => args.region))].sort()) {
    SCHEMES.forEach((scheme, schemeNumber) => FUNDS.forEach((kind, kindNumber) => {
      const types = ["string", "bytes12", "uint8", "uint8"];
      const account = derived(types, ["FUND", region, schemeNumber, kindNumber]);
      const available = balances.available.get(account);
      if (available === undefined) return;
      found.push({
        region: label(region),
        scheme,
        kind,
        account,
        received_fen: Number(balances.received.get(account) ?? 0n),
        paid_fen: Number(balances.paid.get(account) ?? 0n),
        balance_fen: Number(available[0] + (balances.held.get(account)?.[0] ?? 0n)),
      });
    }));
  }
  return found;
}

/** Traces a settled claim, the last one by default: event, figures, movements, signed lines. */
async function claim(network, wanted) {
  const settled = await network.eventsOf("ClaimSettlement", "ClaimSettled");
  const event = settled.filter(({ args }) => [undefined, args.claimId].includes(wanted)).at(-1);
  if (event === undefined && wanted !== undefined) {
    console.error(`no claim ${wanted} was settled`);
    process.exit(1);
  }
  if (event === undefined) return null;
  const { evidence } = event.args;
  const found = {
    claim_id: event.args.claimId,
    digest: event.args.digest,
    block: event.blockNumber,
    state: STATES[await network.read("ClaimRegistry", "stateOf", event.args.claimId)],
    provider: plain(evidence.provider),
    insurer: plain(evidence.insurer),
    terms: terms(evidence.terms),
    figures_fen: unpacked(evidence.amounts),
    lines: await signedLines(network, event),
    movements: await movements(network, event),
  };
  return { ...found, checks: await checks(network, event, found) };
}

/** What must hold of a claim, and whether it does. */
async function checks(network, event, found) {
  const fen = found.figures_fen;
  const { provider, insurer } = event.args.evidence;
  const sides = ["RECEIVABLE", provider, insurer];
  const receivable = derived(["string", "address", "address"], sides);
  // What the provider owed from an earlier reversal goes back to the fund: not part of the claim.
  const own = found.movements.filter(({ from }) => ![ZeroAddress, receivable].includes(from));
  // Notes paid at the counter are recorded and never posted.
  const notes = found.terms.cash_mode === "COUNTER" ? fen.cash : 0;
  const paid = fen.pooled + fen.bigIllness + fen.aid + fen.supplementary;
  const total = (rows, name) => rows.reduce((before, row) => before + row[name], 0);
  return {
    "total = in and out of scope": fen.total === fen.own + fen.over + fen.preSelf + fen.inScope,
    "total = provider + funds + member": fen.total === fen.provider + paid + fen.member,
    "total = lines": fen.total === total(found.lines, "gross_fen"),
    "member = medical + family + cash": fen.member === fen.medical + fen.family + fen.cash,
    "funds + member = movements": paid + fen.member - notes === total(own, "amount_fen"),
    // A reversal clears what the contract kept.
    "evidence = what the contract keeps":
      found.state === "REVERSED" ? null : await isCommitted(network, event),
  };
}

/** The fifteen amounts: 64 bits each, four to a word, low bits first. */
function unpacked(words) {
  return Object.fromEntries(FIGURES.map((name, place) => {
    const word = words[Math.floor(place / 4)];
    return [name, Number(BigInt.asUintN(64, word >> BigInt(64 * (place % 4))))];
  }));
}

/** What the packed word of a claim's terms says. */
function terms(word) {
  const number = (start, end) => Number(dataSlice(word, start, end));
  return {
    region: label(dataSlice(word, 0, 12)),
    scheme: SCHEMES[number(12, 13)],
    cash_mode: ["WALLET", "COUNTER"][number(13, 14)],
    policy_year: number(14, 16),
    plan_version: number(16, 20),
    month: number(20, 21),
    fingerprint: dataSlice(word, 24),
  };
}

/**
 * The Transfers of the claim's digest: groups that end with a Moved naming it. Money that changes
 * pocket is a Transfer to nobody and another one from nobody.
 */
async function movements(network, event) {
  const ledger = network.contract("WalletLedger");
  const { logs } = await event.getTransactionReceipt();
  const found = [];
  let group = [];
  for (const log of logs.filter(({ address }) => address === ledger.target)) {
    const parsed = ledger.interface.parseLog(log);
    if (parsed?.name === "Transfer") {
      const [, from, to, pocket, amount] = parsed.args;
      const amount_fen = Number(amount);
      group.push({ from: plain(from), to: plain(to), pocket: POCKETS[pocket], amount_fen });
    } else if (parsed?.name === "Moved") {
      if (parsed.args.ref === event.args.digest) found.push(...group);
      group = [];
    }
  }
  return found;
}

/** The claim's lines as they were signed, from the transaction that brought them. */
async function signedLines(network, settled) {
  const { claimId } = settled.args;
  const submitted = await network.eventsOf("ClaimSettlement", "ClaimSubmitted");
  const event = submitted.find(({ args }) => args.claimId === claimId) ?? settled;
  const router = network.contract("IntentRouter").interface;
  const fields = network.contract("ClaimSettlement").interface.getFunction("settle").inputs[2];
  const { data } = await event.getTransaction();
  for (const item of router.parseTransaction({ data }).args.items) {
    if (!CLAIM_KINDS.includes(item.kind)) continue;
    const body = coder.decode(fields.components, item.body);
    const owner = coder.encode(["address", "bytes32"], [item.actor, body.claimNumberHash]);
    if (dataSlice(keccak256(owner), 0, 23) !== dataSlice(claimId, 0, 23)) continue;
    return body.lines.map(([itemClass, gross, over, selfPay, hash]) => ({
      class: CLASSES[itemClass],
      gross_fen: Number(gross),
      over_fen: Number(over),
      self_pay_bp: Number(selfPay),
      line_hash: hash,
    }));
  }
  return [];
}

/** Whether ClaimRegistry keeps the hash of what the event said. */
async function isCommitted(network, event) {
  const { claimId } = event.args;
  const stored = await network.read("ClaimRegistry", "commitmentOf", claimId);
  return stored === zeroPadBytes(dataSlice(keccak256(event.data), 0, 31), 32);
}

/** Why intents were refused, and three calls that must be: each by another contract. */
async function refusals(network) {
  const nobody = getAddress("0x1" + "0".repeat(38) + "1");
  const settlement = network.contract("ClaimSettlement");
  const contracted = await network.eventsOf("ProviderRegistry", "ProviderContracted");
  const fields = settlement.interface.getFunction("quote").inputs[1].components;
  const claimed = Object.fromEntries(fields.map(({ name, type }) => [name, blankOf(type)]));
  Object.assign(claimed, {
    member: nobody, scheme: 2, coverageStart: 1, serviceStart: 1, serviceEnd: 1, totalFen: 1,
    quoteExpiresAt: 2n ** 63n, lines: [[0, 1, 0, 0, ZeroHash]],
  });
  const { provider } = contracted.at(-1).args;
  const refused = await network.eventsOf("IntentRouter", "IntentRefused");
  return {
    intents: refused.map(({ args }) => {
      return { digest: args.digest, why: network.explained(args.reason) };
    }),
    calls: [
      await network.refused(network.directory, "get", encodeBytes32String("Nothing")),
      await network.refused(network.contract("WalletLedger"), "transfer", nobody, 0, 1),
      await network.refused(settlement, "quote", provider, claimed),
    ],
  };
}

/** The zero of an ABI type. */
function blankOf(type) {
  if (type === "address") return ZeroAddress;
  return type.startsWith("bytes") ? "0x" + "00".repeat(Number(type.slice(5))) : 0;
}

async function main() {
  const text = { type: "string" };
  const options = { rpc: text, directory: text, abi: text, block: text, claim: text };
  const { values } = parseArgs({ options });
  const network = await Network.open(values);
  const balances = await Balances.rebuilt(network);
  const report = {
    chain_id: Number((await network.provider.getNetwork()).chainId),
    block: network.block,
    codes: await codes(network),
    accounts: balances.accounts.length,
    different: await balances.different(network),
    sum_of_money_fen: balances.sumOf(0, 1),
    sum_of_points: balances.sumOf(2),
    funds: await funds(network, balances),
    claim: await claim(network, values.claim),
    refusals: await refusals(network),
  };
  console.log(JSON.stringify(report, null, 1));
  const sound = report.different.length === 0
    && report.sum_of_money_fen === 0 && report.sum_of_points === 0
    && Object.values(report.codes).every(Boolean)
    && !Object.values(report.claim?.checks ?? {}).includes(false);
  network.provider.destroy();
  process.exitCode = sound ? 0 : 1;
}

await main();
