"""IAM roles and the policies written into them."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

from collections.abc import Mapping, Sequence

from local.realisers.drift import drifted
from local.realisers.inputs import Reader
from local.realisers.realiser import Name, Properties, Realiser, if_there, pairs

DEFAULT_SESSION_SECONDS = 3600
COMPARED = {
    "assumeRolePolicy": "AssumeRolePolicyDocument",
    "description": "Description",
    "maxSessionDuration": "MaxSessionDuration",
}
"""A role's inputs whose drift is seen."""


class Role(Realiser):
    """A role. Its id is its name."""

    pulumi_type = "aws:iam/role:Role"
    service = "iam"
    name = Name("name", 64)
    replaced_by = frozenset({"name", "path"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            trust, description, session_seconds = _changeable(given)
            identity = self.fixed(given, "CreateRole", {"name": "RoleName"})
        self.aws.create_role(
            **identity,
            AssumeRolePolicyDocument=trust,
            Description=description,
            MaxSessionDuration=session_seconds,
        )
        return identity["RoleName"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_role, RoleName=resource_id)
        if found is None:
            return None
        role = found["Role"]
        return {"arn": role["Arn"], "uniqueId": role["RoleId"], "createDate": role["CreateDate"].isoformat()}

    def drift(self, resource_id: str, known: Properties) -> Properties:
        return drifted(known, COMPARED, self.aws.get_role(RoleName=resource_id)["Role"])

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            trust, description, session_seconds = _changeable(given)
            self.fixed(given, "CreateRole", {"name": "RoleName"})
        self.aws.update_assume_role_policy(RoleName=resource_id, PolicyDocument=trust)
        self.aws.update_role(RoleName=resource_id, Description=description, MaxSessionDuration=session_seconds)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_role, RoleName=resource_id)

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self.aws.tag_role(RoleName=known["name"], Tags=pairs(tags))

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        self.aws.untag_role(RoleName=known["name"], TagKeys=list(keys))


def _changeable(given: Reader) -> tuple[str, str, int]:
    return (
        given.take("assumeRolePolicy"),
        given.take("description", ""),
        given.take("maxSessionDuration", DEFAULT_SESSION_SECONDS),
    )


class RolePolicy(Realiser):
    """Its id is `<role>:<name>`."""

    pulumi_type = "aws:iam/rolePolicy:RolePolicy"
    service = "iam"
    name = Name("name", 128)
    replaced_by = frozenset({"name", "role"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            role, policy_name, document = given.take("role"), given.take("name"), given.take("policy")
        self.aws.put_role_policy(RoleName=role, PolicyName=policy_name, PolicyDocument=document)
        return f"{role}:{policy_name}"

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        role, _, policy_name = resource_id.partition(":")
        return {} if if_there(self.aws.get_role_policy, RoleName=role, PolicyName=policy_name) else None

    def drift(self, resource_id: str, known: Properties) -> Properties:
        role, _, policy_name = resource_id.partition(":")
        live = self.aws.get_role_policy(RoleName=role, PolicyName=policy_name)
        return drifted(known, {"policy": "PolicyDocument"}, live)

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        self.create(inputs)

    def delete(self, resource_id: str, known: Properties) -> None:
        role, _, policy_name = resource_id.partition(":")
        if_there(self.aws.delete_role_policy, RoleName=role, PolicyName=policy_name)
