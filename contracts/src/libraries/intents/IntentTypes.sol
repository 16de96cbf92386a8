// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IntentKind } from "../../types/Intents.sol";

/// @title EIP-712 type hashes of the intents, computed by the compiler.
/// @dev The strings repeat the structs of types/Intents.sol behind the envelope;
/// tests/architecture/test_intent_types.py compares them with the ABI of the handlers and with
/// Python. The two most frequent kinds come first.
library IntentTypes {
    bytes32 internal constant LINE_TYPE_HASH = keccak256(
        "ClaimLine(uint8 class,uint64 grossFen,uint64 overFen,uint16 selfPayBp,bytes32 lineHash)"
    );

    /// @dev The type hash of a kind; zero for NONE.
    // A table, one entry per kind.
    // solhint-disable-next-line function-max-lines
    function typeHashOf(IntentKind kind) internal pure returns (bytes32) {
        if (kind == IntentKind.PAY_PREMIUM) {
            return keccak256(
                "PayPremium(address actor,uint256 nonce,uint64 deadline,bytes32 billId,"
                "uint8 part,uint32 revision,uint64 medicalFen,uint64 cashFen,"
                "uint64 quoteExpiresAt)"
            );
        }
        if (kind == IntentKind.SETTLE_CLAIM) {
            return keccak256(
                "SettleClaim(address actor,uint256 nonce,uint64 deadline,address member,"
                "bytes32 claimNumberHash,bytes32 planId,uint32 planVersion,uint8 scheme,"
                "int32 coverageStart,int32 serviceStart,int32 serviceEnd,"
                "address familyHolder,uint8 cashMode,uint64 totalFen,"
                "uint64 expectedFundFen,uint64 expectedMedicalFen,"
                "uint64 expectedFamilyFen,uint64 expectedCashFen,"
                "bytes32 accumulatorsHash,uint64 quoteExpiresAt,bytes32 replaces,"
                "ClaimLine[] lines)"
                "ClaimLine(uint8 class,uint64 grossFen,uint64 overFen,uint16 selfPayBp,"
                "bytes32 lineHash)"
            );
        }
        if (kind == IntentKind.OPEN_WALLET) {
            return keccak256(
                "OpenWallet(address actor,uint256 nonce,uint64 deadline," "bytes32 termsHash)"
            );
        }
        if (kind == IntentKind.TRANSFER_MEDICAL) {
            return keccak256(
                "TransferMedical(address actor,uint256 nonce,uint64 deadline,"
                "address receiver,uint64 amountFen)"
            );
        }
        if (kind == IntentKind.ACCEPT_TRANSFER) {
            return keccak256(
                "AcceptTransfer(address actor,uint256 nonce,uint64 deadline,"
                "address sender,uint64 amountFen)"
            );
        }
        if (kind == IntentKind.WITHDRAW) {
            return keccak256(
                "Withdraw(address actor,uint256 nonce,uint64 deadline,address channel,"
                "uint64 amountFen,bytes32 destinationHash)"
            );
        }
        if (kind == IntentKind.LINK_FAMILY) {
            return keccak256(
                "LinkFamily(address actor,uint256 nonce,uint64 deadline,address relative,"
                "uint8 relation)"
            );
        }
        if (kind == IntentKind.END_FAMILY_LINK) {
            return keccak256(
                "EndFamilyLink(address actor,uint256 nonce,uint64 deadline," "address relative)"
            );
        }
        if (kind == IntentKind.ROTATE_MEMBER_SIGNER) {
            return keccak256(
                "RotateMemberSigner(address actor,uint256 nonce,uint64 deadline,"
                "bytes32 newKey,uint8 newKind,bytes32 oldKey,uint64 oldValidUntil)"
            );
        }
        if (kind == IntentKind.CONFIRM_CLAIM) {
            return keccak256(
                "ConfirmClaim(address actor,uint256 nonce,uint64 deadline,"
                "bytes32 claimId,uint64 memberFen,bytes evidence)"
            );
        }
        if (kind == IntentKind.CANCEL_INTENT) {
            return keccak256(
                "CancelIntent(address actor,uint256 nonce,uint64 deadline,"
                "uint256 cancelledNonce)"
            );
        }
        if (kind == IntentKind.SUBMIT_CLAIM) {
            return keccak256(
                "SubmitClaim(address actor,uint256 nonce,uint64 deadline,address member,"
                "bytes32 claimNumberHash,bytes32 planId,uint32 planVersion,uint8 scheme,"
                "int32 coverageStart,int32 serviceStart,int32 serviceEnd,"
                "address familyHolder,uint8 cashMode,uint64 totalFen,"
                "uint64 expectedFundFen,uint64 expectedMedicalFen,"
                "uint64 expectedFamilyFen,uint64 expectedCashFen,"
                "bytes32 accumulatorsHash,uint64 quoteExpiresAt,bytes32 replaces,"
                "ClaimLine[] lines)"
                "ClaimLine(uint8 class,uint64 grossFen,uint64 overFen,uint16 selfPayBp,"
                "bytes32 lineHash)"
            );
        }
        if (kind == IntentKind.CANCEL_CLAIM) {
            return keccak256(
                "CancelClaim(address actor,uint256 nonce,uint64 deadline,"
                "bytes32 claimNumberHash)"
            );
        }
        if (kind == IntentKind.REVERSE_CLAIMS) {
            return keccak256(
                "ReverseClaims(address actor,uint256 nonce,uint64 deadline,"
                "bytes32 reasonCode,bytes evidence)"
            );
        }
        if (kind == IntentKind.DEPOSIT) {
            return keccak256(
                "Deposit(address actor,uint256 nonce,uint64 deadline,address account,"
                "uint8 pocket,uint64 amountFen,bytes32 noticeHash)"
            );
        }
        if (kind == IntentKind.TRANSFER_FUND) {
            return keccak256(
                "TransferFund(address actor,uint256 nonce,uint64 deadline,bytes12 region,"
                "uint8 scheme,uint8 fromKind,uint8 toKind,address member,"
                "uint64 amountFen,bytes32 reasonCode)"
            );
        }
        if (kind == IntentKind.OPEN_MEMBER) {
            return keccak256(
                "OpenMember(address actor,uint256 nonce,uint64 deadline,address account,"
                "bytes32 signerKey,uint8 signerKind,bytes32 identityCommitment,"
                "uint32 categories)"
            );
        }
        if (kind == IntentKind.ASSIGN_GUARDIAN) {
            return keccak256(
                "AssignGuardian(address actor,uint256 nonce,uint64 deadline,"
                "address member,address guardian,int32 untilDay)"
            );
        }
        if (kind == IntentKind.FREEZE_ACCOUNT) {
            return keccak256(
                "FreezeAccount(address actor,uint256 nonce,uint64 deadline,"
                "address account,bool frozen,bytes32 reasonCode)"
            );
        }
        if (kind == IntentKind.ENROL) {
            return keccak256(
                "Enrol(address actor,uint256 nonce,uint64 deadline,address member,"
                "uint8 scheme,uint8 memberKind,bytes12 region,int32 startDay,"
                "int32 endDay,bytes32 billId,bytes32 planId,uint32 planVersion,"
                "uint8 missedYears,uint8 extraYears,bool newborn,bool late)"
            );
        }
        if (kind == IntentKind.END_COVERAGE) {
            return keccak256(
                "EndCoverage(address actor,uint256 nonce,uint64 deadline,address member,"
                "uint8 scheme,int32 startDay,int32 endDay,bytes32 reasonCode)"
            );
        }
        if (kind == IntentKind.ISSUE_BILL) {
            return keccak256(
                "IssueBill(address actor,uint256 nonce,uint64 deadline,bytes32 billId,"
                "address member,uint8 scheme,uint8 memberKind,bytes12 region,"
                "bytes32 planId,uint32 planVersion,int32 periodStart,int32 periodEnd,"
                "int32 joinedDay,int32 dueDay,uint8 parts,int32 partIntervalDays)"
            );
        }
        if (kind == IntentKind.CANCEL_BILL) {
            return keccak256(
                "CancelBill(address actor,uint256 nonce,uint64 deadline,bytes32 billId)"
            );
        }
        if (kind == IntentKind.REFUND_PREMIUM) {
            return keccak256(
                "RefundPremium(address actor,uint256 nonce,uint64 deadline,"
                "bytes32 billId,uint8 reason)"
            );
        }
        if (kind == IntentKind.DECLARE_WAGE) {
            return keccak256(
                "DeclareWage(address actor,uint256 nonce,uint64 deadline,address member,"
                "bytes12 region,bytes32 planId,uint32 planVersion,int32 periodStart,"
                "int32 periodEnd,int32 joinedDay,uint64 wageFen)"
            );
        }
        if (kind == IntentKind.PAY_DECLARED) {
            return keccak256(
                "PayDeclared(address actor,uint256 nonce,uint64 deadline,bytes32 billId,"
                "uint32 revision,uint64 amountFen,uint64 quoteExpiresAt)"
            );
        }
        if (kind == IntentKind.REGISTER_ORGANISATION) {
            return keccak256(
                "RegisterOrganisation(address actor,uint256 nonce,uint64 deadline,"
                "address organisation,uint8 kind,uint8 providerType,bytes16 level,"
                "bytes12 region,address settlementAccount,bytes32 signerKey," "uint8 signerKind)"
            );
        }
        if (kind == IntentKind.CONTRACT_PROVIDER) {
            return keccak256(
                "ContractProvider(address actor,uint256 nonce,uint64 deadline,"
                "address provider,bool contracted)"
            );
        }
        if (kind == IntentKind.REGISTER_OFFICER) {
            return keccak256(
                "RegisterOfficer(address actor,uint256 nonce,uint64 deadline,"
                "address officer,uint8 roles,bytes32 signerKey,uint8 signerKind)"
            );
        }
        if (kind == IntentKind.ROTATE_ORGANISATION_SIGNER) {
            return keccak256(
                "RotateOrganisationSigner(address actor,uint256 nonce,uint64 deadline,"
                "bytes32 newKey,uint8 newKind,bytes32 oldKey,uint64 oldValidUntil)"
            );
        }
        if (kind == IntentKind.PUBLISH_PLAN) {
            return keccak256(
                "PublishPlan(address actor,uint256 nonce,uint64 deadline,bytes32 planId,"
                "uint32 version,uint8 kind,bytes12 region,uint8 scheme,uint8 memberKind,"
                "bytes16 careType,int32 validFrom,int32 validUntil,bytes32 sourceHash,"
                "bytes32 catalogueRoot,bytes plan)"
            );
        }
        if (kind == IntentKind.APPROVE_PLAN) {
            return keccak256(
                "ApprovePlan(address actor,uint256 nonce,uint64 deadline,bytes32 planId,"
                "uint32 version,bytes32 bodyHash)"
            );
        }
        if (kind == IntentKind.PROPOSE_ACTION) {
            return keccak256(
                "ProposeAction(address actor,uint256 nonce,uint64 deadline,uint8 action,"
                "bytes payload)"
            );
        }
        if (kind == IntentKind.APPROVE_ACTION) {
            return keccak256(
                "ApproveAction(address actor,uint256 nonce,uint64 deadline,"
                "bytes32 actionId,bytes payload)"
            );
        }
        return 0;
    }
}
