"""The roles of domain.md §2: their names are what tokens, tables and audit entries carry."""

import pytest

from node.domain.parties import OrganisationKind
from node.domain.roles import Role


class TestRole:
    @pytest.mark.parametrize("role", list(Role))
    def test_every_role__is_written_as_its_name(self, role: Role) -> None:
        assert (str(role), Role(role.name)) == (role.name, role)

    @pytest.mark.parametrize("kind", [kind for kind in OrganisationKind if kind])
    def test_every_kind_of_organisation__acts_under_a_role(self, kind: OrganisationKind) -> None:
        assert Role(kind.name) not in {Role.MEMBER, Role.DEPENDANT}
