"""Directory and registries: who takes part, who may sign, what is in force at a block."""

from node.chain.abi.kinds import SignerStatus
from node.chain.abi.layouts import RecordLayout
from node.chain.abi.packing import Word
from node.chain.abi.plans import decode_benefit_plan, decode_premium_plan
from node.chain.abi.records import Coverage, DirectoryEntry, Organisation, PlanHead
from node.chain.contracts.base import Block, Contract, Function
from node.domain.kinds import Relation, Scheme
from node.domain.parties import OrganisationKind, SignerKind
from node.domain.plans.plan import BenefitPlan, PremiumPlan
from node.wire.labels import label_of

_NAME = Word("bytes32", label_of)
GET = Function("get(bytes32)", words=[_NAME])
ENTRY = Function("entry(bytes32)", words=[_NAME])
SIGNER_STATUS = Function("signerStatus(address,bytes32,uint8)")
EXISTS = Function("exists(address)")
WALLET_OPEN = Function("walletOpen(address)")
CATEGORIES_OF = Function("categoriesOf(address)")
RELATION_OF = Function("relationOf(address,address)")
IS_GUARDIAN = Function("isGuardian(address,address)")
ORGANISATION_OF = Function("organisationOf(address)")
ACTIVE_KIND_OF = Function("activeKindOf(address)")
IS_CONTRACTED = Function("isContracted(address,address)")
COVERAGE_OF = Function("coverageOf(address,uint8,int32)")
HEAD_OF = Function("headOf(bytes32,uint32)")
BODY_HASH_OF = Function("bodyHashOf(bytes32,uint32)")
LAST_VERSION_OF = Function("lastVersionOf(bytes32)")
PAUSED = Function("paused()")
BENEFIT_PLAN_OF = Function("benefitPlan(bytes32,uint32)")
PREMIUM_PLAN_OF = Function("premiumPlan(bytes32,uint32)")
HEAD_BYTES = 11 * 32

_ENTRY = RecordLayout(DirectoryEntry)
_ORGANISATION = RecordLayout(Organisation)
_COVERAGE = RecordLayout(Coverage)
_HEAD = RecordLayout(PlanHead)


class NetworkDirectory(Contract):
    """The one address a node is configured with."""

    async def get(self, name: str, *, block: Block) -> str:
        """Return the address behind a contract name. Errors: ContractRefusal AddressUnknown."""
        return str(await self.read_word("address", GET.call_data(name), block=block))

    async def entry(self, name: str, *, block: Block) -> DirectoryEntry:
        """Return address, version and code hash behind a name; zeros if nothing is set."""
        return await self.read_record(_ENTRY, ENTRY.call_data(name), block=block)


class SignerBook(Contract):
    """What member and provider registry have in common."""

    async def signer_status(
        self, account: str, key: str, kind: SignerKind, *, block: Block
    ) -> SignerStatus:
        """Tell whether a key (its 32 bytes as registered) may sign for an account."""
        data = SIGNER_STATUS.call_data(account, key, kind)
        return SignerStatus(await self.read_word("uint8", data, block=block))


class MemberRegistry(SignerBook):
    """Reads of members."""

    async def exists(self, member: str, *, block: Block) -> bool:
        """Tell whether the id is a registered member."""
        return bool(await self.read_word("bool", EXISTS.call_data(member), block=block))

    async def wallet_open(self, member: str, *, block: Block) -> bool:
        """Tell whether the member has opened a wallet."""
        return bool(await self.read_word("bool", WALLET_OPEN.call_data(member), block=block))

    async def categories_of(self, member: str, *, block: Block) -> int:
        """Return the mask of AID categories."""
        return int(await self.read_word("uint32", CATEGORIES_OF.call_data(member), block=block))

    async def relation_of(self, holder: str, relative: str, *, block: Block) -> Relation:
        """Return what the relative is to the holder in an active link; NONE without one."""
        data = RELATION_OF.call_data(holder, relative)
        return Relation(await self.read_word("uint8", data, block=block))

    async def is_guardian(self, member: str, guardian: str, *, block: Block) -> bool:
        """Tell whether the guardian may sign for the member."""
        data = IS_GUARDIAN.call_data(member, guardian)
        return bool(await self.read_word("bool", data, block=block))


class ProviderRegistry(SignerBook):
    """Reads of organisations and officers."""

    async def organisation_of(self, organisation: str, *, block: Block) -> Organisation:
        """Return an organisation. Errors: ProviderUnknown."""
        data = ORGANISATION_OF.call_data(organisation)
        return await self.read_record(_ORGANISATION, data, block=block)

    async def active_kind_of(self, account: str, *, block: Block) -> OrganisationKind:
        """Return the kind of an ACTIVE organisation; NONE for anything else."""
        data = ACTIVE_KIND_OF.call_data(account)
        return OrganisationKind(await self.read_word("uint8", data, block=block))

    async def is_contracted(self, provider: str, insurer: str, *, block: Block) -> bool:
        """Tell whether provider and insurer are active and have a contract."""
        data = IS_CONTRACTED.call_data(provider, insurer)
        return bool(await self.read_word("bool", data, block=block))


class CoverageRegistry(Contract):
    """Reads of coverage periods."""

    async def coverage_of(
        self, member: str, scheme: Scheme, start_day: int, *, block: Block
    ) -> Coverage:
        """Return the stored coverage that starts on a policy day. Errors: CoverageUnknown."""
        data = COVERAGE_OF.call_data(member, scheme, start_day)
        return await self.read_record(_COVERAGE, data, block=block)


class PlanRegistry(Contract):
    """Reads of plan versions. Plan ids are the hashes of text ids."""

    async def head_of(self, plan_id: str, version: int, *, block: Block) -> PlanHead:
        """Return the head of a version; its status is NONE if it is unknown."""
        return await self.read_record(_HEAD, HEAD_OF.call_data(plan_id, version), block=block)

    async def body_hash_of(self, plan_id: str, version: int, *, block: Block) -> str:
        """Return the hash of the plan body, zero if unknown."""
        data = BODY_HASH_OF.call_data(plan_id, version)
        return str(await self.read_word("bytes32", data, block=block))

    async def benefit_plan(self, plan_id: str, version: int, *, block: Block) -> BenefitPlan:
        """Return the rules of an approved benefit version. Errors: PlanUnknown."""
        answer = await self.read(BENEFIT_PLAN_OF.call_data(plan_id, version), block=block)
        # The head stands in front, in words; the rules follow at the offset after it.
        return decode_benefit_plan(
            (32).to_bytes(32) + answer[int.from_bytes(answer[HEAD_BYTES : HEAD_BYTES + 32]) :]
        )

    async def premium_plan(self, plan_id: str, version: int, *, block: Block) -> PremiumPlan:
        """Return the rules of an approved premium version. Errors: PlanUnknown."""
        answer = await self.read(PREMIUM_PLAN_OF.call_data(plan_id, version), block=block)
        # Static words: the rules follow the head at once.
        return decode_premium_plan(answer[HEAD_BYTES:])

    async def last_version_of(self, plan_id: str, *, block: Block) -> int:
        """Return the newest approved version of a plan, 0 if none."""
        data = LAST_VERSION_OF.call_data(plan_id)
        return int(await self.read_word("uint32", data, block=block))


class ActionRegistry(Contract):
    """Reads of four-eyes actions."""

    async def paused(self, *, block: Block) -> bool:
        """Tell whether intents other than the governance kinds are refused."""
        return bool(await self.read_word("bool", PAUSED.call_data(), block=block))
