"""Events of ClaimRegistry and ClaimSettlement."""

from dataclasses import dataclass

from node.chain.abi.layouts import Account, Claim32, Digest, Hash, Uint40, Uint64
from node.chain.abi.records import ReversalEvidence
from node.chain.events.table import Event, event


@event("provider", "insurer")
@dataclass(frozen=True, slots=True)
class ProviderDebtSet(Event):
    """What a provider owes an insurer after reversals is now this."""

    provider: Account
    insurer: Account
    debt_fen: Uint64


@event("digest", "claim_id")
@dataclass(frozen=True, slots=True)
class ClaimAdjudicated(Event):
    """A submitted claim was decided; holds stand until `expires_at` (seconds)."""

    digest: Digest
    claim_id: Claim32
    evidence: ReversalEvidence
    expires_at: Uint40


@event("digest", "claim_id")
@dataclass(frozen=True, slots=True)
class ClaimCancelled(Event):
    """The submitter withdrew a claim; its holds are released."""

    digest: Digest
    claim_id: Claim32


@event("claim_id")
@dataclass(frozen=True, slots=True)
class ClaimExpired(Event):
    """The holds of an adjudicated claim lapsed."""

    claim_id: Claim32


@event("digest", "claim_id")
@dataclass(frozen=True, slots=True)
class ClaimReversed(Event):
    """A settled claim was undone; the shortfall became provider debt."""

    digest: Digest
    claim_id: Claim32
    reason_code: Hash
    shortfall_fen: Uint64


@event("digest", "claim_id")
@dataclass(frozen=True, slots=True)
class ClaimSettled(Event):
    """A claim was paid; the evidence is what a reversal must supply."""

    digest: Digest
    claim_id: Claim32
    evidence: ReversalEvidence


@event("digest", "claim_id", "provider")
@dataclass(frozen=True, slots=True)
class ClaimSubmitted(Event):
    """A provider filed a claim."""

    digest: Digest
    claim_id: Claim32
    provider: Account
    member: Account


@event("claim_id", "replaced")
@dataclass(frozen=True, slots=True)
class ClaimReplaced(Event):
    """A claim is the corrected form of a reversed one."""

    claim_id: Claim32
    replaced: Claim32
