// Only connections that are not clean, or may be accepted nevertheless, load this file, and with it the enumeration of SSL errors.
import {
  type Anchors,
  certificateRefused,
  createAnchors,
  findingsText,
  inspectionText,
  judge,
  type ReportFacts,
  type TlsError,
  type Verdict,
} from '../tls/index.js';
import type { SocketEvidence } from './evidence.js';
import type { Security } from './secure.js';
import { namesOf, type TlsReport } from './tls-report.js';
import type { Trust } from './tls-socket.js';

/** @throws TlsError `WS_TLS_CERTIFICATE` or `WS_TLS_PIN` for a connection that is not accepted */
export function judgeEvidence(evidence: SocketEvidence, security: Security): TlsReport {
  const { verdict, facts, report } = examine(evidence, security);
  if (verdict.accepted) return report;
  throw certificateRefused(verdict, facts);
}

/** The error of a connection that is known to be refused. */
export function refusalOf(evidence: SocketEvidence, security: Security): TlsError {
  const { verdict, facts } = examine(evidence, security);
  return certificateRefused(verdict, facts);
}

/** What is found about a connection, whoever accepts it. */
export interface Inspected {
  readonly accepted: boolean;
  readonly report: TlsReport;
  /** All of it for a terminal. */
  readonly text: string;
}

/** Tells what is found about a connection, and refuses none. */
export function inspectEvidence(evidence: SocketEvidence, security: Security): Inspected {
  const { verdict, facts, report } = examine(evidence, security);
  const { protocol, cipher } = evidence;
  return { accepted: verdict.accepted, report, text: inspectionText(verdict, { ...facts, protocol, cipher }) };
}

interface Examination {
  readonly verdict: Verdict;
  readonly facts: ReportFacts;
  readonly report: TlsReport;
}

function examine(evidence: SocketEvidence, security: Security): Examination {
  const anchors = { bySubject: (subject: string) => anchorsOf(evidence.trust).bySubject(subject) };
  const verdict = judge({ ...evidence, anchors, opensslVersion: process.versions.openssl }, security);
  const facts = factsOf(evidence, security);
  return { verdict, facts, report: reportOf(verdict, facts, evidence) };
}

const anchorsOfTrusts = new WeakMap<Trust, Anchors>();

function anchorsOf(trust: Trust): Anchors {
  let anchors = anchorsOfTrusts.get(trust);
  if (anchors === undefined) {
    anchors = createAnchors(trust.anchors());
    anchorsOfTrusts.set(trust, anchors);
  }
  return anchors;
}

/** The names are read on first use, from bytes: the connection keeps no object of node:crypto. */
function factsOf({ hostName, sent, time, address }: SocketEvidence, { ignore }: Security): ReportFacts {
  const ders = sent.slice(0, 1).map(({ raw }) => raw);
  let names: readonly string[] | undefined;
  return {
    hostName,
    ...(address !== undefined && { address }),
    get presentedNames() {
      names ??= namesOf(ders);
      return names;
    },
    ignore,
    now: time,
  };
}

function reportOf(verdict: Verdict, facts: ReportFacts, { protocol, cipher }: SocketEvidence): TlsReport {
  const { findings, acceptedBy } = verdict;
  return {
    findings,
    get chain() {
      return verdict.chain;
    },
    acceptedBy,
    hostName: facts.hostName,
    get presentedNames() {
      return facts.presentedNames;
    },
    protocol,
    cipher,
    get text() {
      return findingsText(findings, facts);
    },
  };
}
