// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

enum SignerKind {
    SECP256K1,
    P256
}

enum OrganisationKind {
    NONE,
    PROVIDER,
    INSURER,
    EMPLOYER,
    CHANNEL,
    AUDITOR,
    OPERATOR
}

enum ProviderType {
    NONE,
    HOSPITAL,
    CLINIC,
    PHARMACY
}

/// @dev ACTIVE organisations may act; SUSPENDED ones keep their money and history.
enum OrganisationStatus {
    NONE,
    ACTIVE,
    SUSPENDED
}

/// @dev What an officer may do, as bits of a mask.
uint8 constant OFFICER_PLANS = 1;
uint8 constant OFFICER_PAUSE = 2;
uint8 constant OFFICER_CORRECTION = 4;
uint8 constant OFFICER_REVIEW = 8;

enum Scheme {
    NONE,
    EMPLOYEE,
    RESIDENT,
    FLEXIBLE
}

enum MemberKind {
    NONE,
    ADULT,
    CHILD,
    STUDENT,
    NEEDY,
    RETIREE
}

/// @dev What `relative` is to `holder`.
enum Relation {
    NONE,
    SPOUSE,
    PARENT,
    CHILD,
    SIBLING,
    GRANDPARENT,
    GRANDCHILD
}

/// @dev Answer of a signer look-up. FROZEN covers a frozen signer and a frozen account.
enum SignerStatus {
    UNKNOWN,
    ACTIVE,
    FROZEN
}
